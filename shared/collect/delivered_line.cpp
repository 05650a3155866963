#include "shared/collect/delivered_line.h"

#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/enrich/campaign.h"
#include "shared/enrich/page.h"

namespace edgehose {
namespace {

// Writes members one after the other; those without a value are left out.
class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) { out_.push_back('{'); }
  void end() { out_.push_back('}'); }

  void raw(std::string_view name, std::string_view json) {
    if (json.empty()) return;
    start(name);
    json_append_compact(out_, json);
  }
  void text(std::string_view name, std::string_view value) {
    if (value.empty() || !is_utf8(value)) return;
    start(name);
    json_append_string(out_, value);
  }
  void instant(std::string_view name, int64_t ms) {
    start(name);
    out_.push_back('"');
    append_iso_ms(out_, ms);
    out_.push_back('"');
  }

 private:
  void start(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    out_.push_back('"');
    out_ += name;
    out_ += "\":";
  }

  std::string& out_;
  bool first_ = true;
};

// The text of a raw JSON string; `scratch` holds it where escapes had to be undone.
std::string_view decoded(std::string_view raw_string, std::string& scratch) {
  if (raw_string.empty()) return {};
  if (raw_string.find('\\') == std::string_view::npos)
    return raw_string.substr(1, raw_string.size() - 2);
  scratch.clear();
  json_append_decoded(scratch, raw_string);
  return scratch;
}

void add_page(LineWriter& line, const Event& event, const PageAddress& page) {
  line.raw("page_url", event[Member::page_url]);
  line.text("page_host", page.host);
  line.text("page_path", page.path);
  line.raw("page_title", event[Member::page_title]);
  line.raw("language", event[Member::language]);
  line.raw("timezone", event[Member::timezone]);
  line.raw("screen_width", event[Member::screen_width]);
  line.raw("screen_height", event[Member::screen_height]);
}

void add_referrer(LineWriter& line, const Event& event) {
  std::string scratch;
  line.raw("referrer_url", event[Member::referrer_url]);
  line.text("referrer_host", read_page_address(decoded(event[Member::referrer_url], scratch)).host);
}

void add_campaign(LineWriter& line, const PageAddress& page) {
  const Campaign campaign = read_campaign(page.query);
  for (size_t i = 0; i < Campaign::kFields; ++i) line.text(Campaign::kNames[i], campaign.values[i]);
}

void add_request(LineWriter& line, const Event& event, const RequestFacts& facts) {
  if (event[Member::user_agent].empty()) {
    line.text("user_agent", facts.user_agent);
  } else {
    line.raw("user_agent", event[Member::user_agent]);
  }
  line.text("client_ip", facts.client_ip);
  line.text("geo_country", facts.geo_country);
  line.text("geo_region", facts.geo_region);
  line.text("geo_city", facts.geo_city);
  line.text("geo_asn", facts.geo_asn);
}

}  // namespace

void append_delivered_line(std::string& out, const Event& event, const RequestFacts& facts) {
  std::string scratch;
  const PageAddress page = read_page_address(decoded(event[Member::page_url], scratch));

  LineWriter line(out);
  line.text("event_id", event.event_id);
  line.text("content_type", event.content_type);
  line.instant("event_time", event.time_ms);
  line.instant("received_time", facts.received_ms);
  if (facts.sent_ms) line.instant("sent_time", *facts.sent_ms);
  line.raw("user_id", event[Member::user_id]);
  line.raw("anonymous_id", event[Member::anonymous_id]);
  line.raw("session_id", event[Member::session_id]);
  add_page(line, event, page);
  add_referrer(line, event);
  add_campaign(line, page);
  add_request(line, event, facts);
  line.raw("properties", event[Member::properties]);
  line.raw("consent", event[Member::consent]);
  line.text("collector", kCollector);
  line.end();
}

}  // namespace edgehose
