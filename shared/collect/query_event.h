// An event that came in a query string, for pages without JavaScript.
#pragma once

#include <string>
#include <string_view>

namespace edgehose {

// The query as the JSON text of an event: `name=value` is a member, `properties.name=value` a
// member of properties. Values are strings, but for screen_width and screen_height of digits alone,
// which are numbers. Escapes are undone; bytes that are then no UTF-8 stay in the text, so that the
// event's check names them. `referer` is the page's address as the request's header says it: the
// page_url of an event that names none.
[[nodiscard]] std::string event_from_query(std::string_view query, std::string_view referer = {});

}  // namespace edgehose
