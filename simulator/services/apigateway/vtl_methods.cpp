#include "simulator/services/apigateway/vtl_methods.h"

#include <algorithm>
#include <array>

#include "shared/base/base64.h"
#include "shared/base/text.h"
#include "simulator/services/apigateway/vtl_json_path.h"
#include "simulator/services/apigateway/vtl_pattern.h"

namespace edgehose {
namespace {

using Arguments = std::span<const VtlValue>;

constexpr size_t kBytesAStep = 16;
constexpr size_t kItemBytes = 32;
constexpr size_t kMemberBytes = 64;

VtlAnswer given(VtlValue value) { return {.value = value}; }
VtlAnswer failed(std::string what) { return vtl_refused(VtlFaultKind::failed, std::move(what)); }
VtlAnswer over() {
  return vtl_refused(VtlFaultKind::limit, "the template does more than this simulator lets it");
}

// What a value prints, kept for the run. Empty, with a fault in `answer`, when it is too much.
std::string_view text_of(VtlCallWorld& world, const VtlValue& value, VtlAnswer& answer) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return *text;
  std::string made;
  VtlBudget budget{world.steps, world.limits.output_bytes, world.limits.depth};
  if (!vtl_append_text(made, value, budget)) {
    answer = over();
    return {};
  }
  world.steps = budget.steps;
  return world.heap.text(std::move(made));
}

// Java's length of a text, in UTF-16 units.
size_t utf16_units(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

// The byte at which the unit `wanted` starts; of the second half of a pair, the pair's own start.
// npos beyond the end.
size_t byte_of_unit(std::string_view text, size_t wanted) {
  size_t units = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if ((byte & 0xc0) == 0x80) continue;
    const size_t width = byte >= 0xf0 ? 2 : 1;
    if (units + width > wanted) return at;
    units += width;
  }
  return units == wanted ? text.size() : std::string_view::npos;
}

VtlAnswer position(std::string_view text, size_t found) {
  if (found == std::string_view::npos) return given(int64_t{-1});
  return given(static_cast<int64_t>(utf16_units(text.substr(0, found))));
}

VtlAnswer in_case(VtlCallWorld& world, std::string_view text, bool is_upper_wanted) {
  std::string made(text);
  for (char& c : made) {
    if (is_upper_wanted && is_lower(c)) c = static_cast<char>(c - 32);
    if (!is_upper_wanted) c = to_lower(c);
  }
  return given(world.heap.text(std::move(made)));
}

// Java's trim(): everything up to a blank goes.
std::string_view java_trim(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<uint8_t>(c) <= 0x20; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

VtlAnswer replace(VtlCallWorld& world, std::string_view text, std::string_view from,
                  std::string_view to) {
  if (from.empty()) {
    return vtl_refused(VtlFaultKind::not_modelled, "replace() of an empty text is not modelled");
  }
  std::string made;
  size_t at = 0;
  while (true) {
    const size_t found = text.find(from, at);
    made.append(text.substr(at, found - at));
    if (found == std::string_view::npos) break;
    made.append(to);
    if (made.size() > world.limits.output_bytes) return over();
    at = found + from.size();
  }
  return given(world.heap.text(std::move(made)));
}

// Java's replacement: \x stands for x, and $1 for a group, of which there is none here.
bool read_replacement(std::string_view text, std::string& made) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$') return false;
    if (text[i] == '\\') ++i;
    if (i == text.size()) return false;
    made.push_back(text[i]);
  }
  return true;
}

VtlAnswer replace_all(VtlCallWorld& world, std::string_view text, std::string_view regex,
                      std::string_view to) {
  std::string fault;
  const auto pattern = VtlPattern::read(regex, fault);
  if (!pattern) return vtl_refused(VtlFaultKind::not_modelled, fault);
  std::string replacement;
  if (!read_replacement(to, replacement)) {
    return vtl_refused(VtlFaultKind::not_modelled, "groups in a replacement are not modelled");
  }
  std::string made;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = pattern->match(text, at);
    if (bytes == 0) {
      made.push_back(text[at++]);
    } else {
      made.append(replacement);
      at += bytes;
    }
    if (made.size() > world.limits.output_bytes) return over();
  }
  return given(world.heap.text(std::move(made)));
}

VtlAnswer split(VtlCallWorld& world, std::string_view text, std::string_view regex) {
  std::string fault;
  const auto pattern = VtlPattern::read(regex, fault);
  if (!pattern) return vtl_refused(VtlFaultKind::not_modelled, fault);
  VtlList* parts = world.heap.list();
  size_t start = 0;
  for (size_t at = 0; at < text.size() && !world.heap.is_full();) {
    const size_t bytes = pattern->match(text, at);
    if (bytes == 0) {
      ++at;
      continue;
    }
    parts->items.emplace_back(text.substr(start, at - start));
    world.heap.charge(kItemBytes);
    at += bytes;
    start = at;
  }
  parts->items.emplace_back(text.substr(start));
  // Java drops empty parts at the end, but for a text that was never split.
  const auto is_empty = [](const VtlValue& part) {
    return std::get<std::string_view>(part).empty();
  };
  while (parts->items.size() > 1 && is_empty(parts->items.back())) parts->items.pop_back();
  return given(parts);
}

VtlAnswer substring(std::string_view text, Arguments arguments) {
  const auto* from = std::get_if<int64_t>(&arguments.front());
  const auto* to = std::get_if<int64_t>(&arguments.back());
  if (from == nullptr || to == nullptr) return failed("substring() takes whole numbers");
  const size_t start =
      *from < 0 ? std::string_view::npos : byte_of_unit(text, static_cast<size_t>(*from));
  size_t end = text.size();
  if (arguments.size() == 2) {
    end = *to < *from ? std::string_view::npos : byte_of_unit(text, static_cast<size_t>(*to));
  }
  if (start == std::string_view::npos || end == std::string_view::npos) {
    return failed("substring() beyond the text's end");
  }
  return given(text.substr(start, end - start));
}

struct TextCall {
  VtlCallWorld& world;
  std::string_view text;
  std::string_view first;   // the first argument's text
  std::string_view second;  // the second one's
  Arguments arguments;
};

struct TextMethod {
  std::string_view name;
  size_t arguments;
  VtlAnswer (*call)(TextCall&);
};

constexpr std::array<TextMethod, 20> kTextMethods = {{
    {"length", 0, [](TextCall& c) { return given(static_cast<int64_t>(utf16_units(c.text))); }},
    // Velocity 1.7 has no such method on a String; API Gateway's templates call it on lists.
    {"size", 0, [](TextCall& c) { return given(static_cast<int64_t>(utf16_units(c.text))); }},
    {"isEmpty", 0, [](TextCall& c) { return given(c.text.empty()); }},
    {"trim", 0, [](TextCall& c) { return given(java_trim(c.text)); }},
    {"toLowerCase", 0, [](TextCall& c) { return in_case(c.world, c.text, false); }},
    {"toUpperCase", 0, [](TextCall& c) { return in_case(c.world, c.text, true); }},
    {"contains", 1,
     [](TextCall& c) { return given(c.text.find(c.first) != std::string_view::npos); }},
    {"startsWith", 1, [](TextCall& c) { return given(c.text.starts_with(c.first)); }},
    {"endsWith", 1, [](TextCall& c) { return given(c.text.ends_with(c.first)); }},
    {"indexOf", 1, [](TextCall& c) { return position(c.text, c.text.find(c.first)); }},
    {"lastIndexOf", 1, [](TextCall& c) { return position(c.text, c.text.rfind(c.first)); }},
    {"equals", 1,
     [](TextCall& c) {
       const bool is_text = std::holds_alternative<std::string_view>(c.arguments.front());
       return given(is_text && c.text == c.first);
     }},
    {"equalsIgnoreCase", 1,
     [](TextCall& c) { return given(equals_ignoring_case(c.text, c.first)); }},
    {"concat", 1,
     [](TextCall& c) { return given(c.world.heap.text(std::string(c.text).append(c.first))); }},
    {"split", 1, [](TextCall& c) { return split(c.world, c.text, c.first); }},
    {"substring", 1, [](TextCall& c) { return substring(c.text, c.arguments); }},
    {"substring", 2, [](TextCall& c) { return substring(c.text, c.arguments); }},
    {"replace", 2, [](TextCall& c) { return replace(c.world, c.text, c.first, c.second); }},
    {"replaceAll", 2, [](TextCall& c) { return replace_all(c.world, c.text, c.first, c.second); }},
    {"toString", 0, [](TextCall& c) { return given(c.text); }},
}};

VtlAnswer unknown(std::string_view kind, std::string_view name, size_t arguments) {
  std::string what = "the method ";
  what.append(name).append("() with ").append(std::to_string(arguments));
  what.append(" arguments on a ").append(kind).append(" is not modelled");
  return vtl_refused(VtlFaultKind::not_modelled, std::move(what));
}

VtlAnswer call_text(VtlCallWorld& world, std::string_view text, std::string_view name,
                    Arguments arguments) {
  for (const TextMethod& method : kTextMethods) {
    if (method.name != name || method.arguments != arguments.size()) continue;
    VtlAnswer answer;
    TextCall call{world, text, {}, {}, arguments};
    if (!arguments.empty()) call.first = text_of(world, arguments[0], answer);
    if (arguments.size() > 1) call.second = text_of(world, arguments[1], answer);
    if (!answer.fault.empty()) return answer;
    if (!world.spend((text.size() + call.first.size()) / kBytesAStep)) return over();
    return method.call(call);
  }
  return unknown("text", name, arguments.size());
}

VtlAnswer call_list(VtlCallWorld& world, VtlList& list, std::string_view name,
                    Arguments arguments) {
  const size_t count = arguments.size();
  if (name == "size" && count == 0) return given(static_cast<int64_t>(list.items.size()));
  if (name == "isEmpty" && count == 0) return given(list.items.empty());
  if (name == "add" && count == 1) {
    list.items.push_back(arguments[0]);
    world.heap.charge(kItemBytes);
    return given(true);
  }
  if (name == "get" && count == 1) {
    const auto* at = std::get_if<int64_t>(&arguments[0]);
    if (at == nullptr || *at < 0 || *at >= static_cast<int64_t>(list.items.size())) {
      return failed("get() beyond the list's end");
    }
    return given(list.items[static_cast<size_t>(*at)]);
  }
  if (name == "contains" && count == 1) {
    for (const VtlValue& item : list.items) {
      const auto same = vtl_equal(item, arguments[0], world.steps);
      if (!same) return over();
      // Java's equals() tells 1 from "1".
      if (*same && item.index() == arguments[0].index()) return given(true);
    }
    return given(false);
  }
  return unknown("list", name, count);
}

VtlAnswer map_part(VtlCallWorld& world, const VtlMap& map, std::string_view name) {
  VtlList* list = world.heap.list();
  for (const auto& [key, value] : map.entries) {
    world.heap.charge(kItemBytes);
    if (world.heap.is_full()) break;
    if (name == "keySet") {
      list->items.emplace_back(key);
    } else if (name == "values") {
      list->items.push_back(value);
    } else {
      VtlMap* entry = world.heap.map();
      entry->put("key", key);
      entry->put("value", value);
      world.heap.charge(2 * kMemberBytes);
      list->items.emplace_back(entry);
    }
  }
  return given(list);
}

VtlAnswer call_map(VtlCallWorld& world, VtlMap& map, std::string_view name, Arguments arguments) {
  const size_t count = arguments.size();
  if (name == "size" && count == 0) return given(static_cast<int64_t>(map.entries.size()));
  if (name == "isEmpty" && count == 0) return given(map.entries.empty());
  if (count == 0 && (name == "keySet" || name == "values" || name == "entrySet")) {
    if (!world.spend(map.entries.size())) return over();
    return map_part(world, map, name);
  }
  // The entries of entrySet() are maps of two here.
  if (count == 0 && map.entries.size() == 2 && (name == "getKey" || name == "getValue")) {
    const VtlValue* part = map.find(name == "getKey" ? "key" : "value");
    if (part != nullptr) return given(*part);
  }
  if (count == 0 || count > 2) return unknown("map", name, count);
  VtlAnswer answer;
  const std::string_view key = text_of(world, arguments[0], answer);
  if (!answer.fault.empty()) return answer;
  const VtlValue* found = map.find(key);
  const VtlValue before = found == nullptr ? VtlValue{} : *found;
  if (name == "get" && count == 1) return given(before);
  if (name == "containsKey" && count == 1) return given(found != nullptr);
  if (name == "put" && count == 2) {
    map.put(key, arguments[1]);
    world.heap.charge(kMemberBytes);
    return given(before);
  }
  return unknown("map", name, count);
}

VtlAnswer call_other(VtlCallWorld& world, const VtlValue& on, std::string_view name,
                     Arguments arguments) {
  VtlAnswer answer;
  if (name == "toString" && arguments.empty()) {
    const std::string_view text = text_of(world, on, answer);
    return answer.fault.empty() ? given(text) : answer;
  }
  if (name == "equals" && arguments.size() == 1) {
    const auto same = vtl_equal(on, arguments[0], world.steps);
    return same ? given(*same && on.index() == arguments[0].index()) : over();
  }
  return unknown(std::holds_alternative<bool>(on) ? "boolean" : "number", name, arguments.size());
}

// What commons-lang's escapeJavaScript() of Velocity's day makes of a text.
std::string escape_javascript(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  const auto unit = [&](uint32_t code) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[(code >> shift) & 15]);
  };
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const size_t bytes = std::max<size_t>(1, utf8_sequence_bytes(text, i));
    constexpr std::string_view kNamed = "\b\n\t\f\r";
    const size_t named = kNamed.find(c);
    if (bytes > 1) {
      uint32_t code = static_cast<uint8_t>(c) & (0xffU >> (bytes + 1));
      for (size_t k = 1; k < bytes; ++k)
        code = code << 6 | (static_cast<uint8_t>(text[i + k]) & 63);
      if (code >= 0x10000) unit(0xd7c0 + (code >> 10));
      unit(code >= 0x10000 ? 0xdc00 + (code & 0x3ff) : code);
    } else if (named != std::string_view::npos) {
      out.append({'\\', "bntfr"[named]});
    } else if (static_cast<uint8_t>(c) < 0x20) {
      unit(static_cast<uint8_t>(c));
    } else {
      if (std::string_view("'\"\\/").find(c) != std::string_view::npos) out.push_back('\\');
      out.push_back(c);
    }
    i += bytes;
  }
  return out;
}

// java.net.URLEncoder.
std::string url_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || std::string_view(".-*_").find(c) != std::string_view::npos) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

}  // namespace

bool VtlCallWorld::spend(size_t wanted) {
  const bool has = steps > wanted;
  steps -= std::min(steps, wanted);
  return has;
}

VtlAnswer vtl_refused(VtlFaultKind kind, std::string what) {
  return {.value = {}, .kind = kind, .fault = std::move(what)};
}

VtlAnswer vtl_call(VtlCallWorld& world, const VtlValue& on, std::string_view name,
                   std::span<const VtlValue> arguments) {
  if (!world.spend(1)) return over();
  if (const auto* text = std::get_if<std::string_view>(&on)) {
    return call_text(world, *text, name, arguments);
  }
  const bool is_common = name == "toString" || name == "equals";
  if (const auto* list = std::get_if<VtlList*>(&on); list != nullptr && !is_common) {
    return call_list(world, **list, name, arguments);
  }
  if (const auto* map = std::get_if<VtlMap*>(&on); map != nullptr && !is_common) {
    return call_map(world, **map, name, arguments);
  }
  return call_other(world, on, name, arguments);
}

VtlAnswer vtl_call_util(VtlCallWorld& world, std::string_view name,
                        std::span<const VtlValue> arguments) {
  VtlAnswer answer;
  std::string_view text;
  if (arguments.size() == 1) text = text_of(world, arguments[0], answer);
  if (!answer.fault.empty()) return answer;
  if (!world.spend(1 + text.size() / kBytesAStep)) return over();
  std::string made;
  if (arguments.size() != 1) {
    return failed("$util." + std::string(name) + "() takes one argument");
  }
  if (name == "base64Encode") {
    base64_append(made, text);
  } else if (name == "base64Decode") {
    if (!base64_decode(text, made)) return failed("$util.base64Decode() of what is no base64");
  } else if (name == "urlEncode") {
    made = url_encode(text);
  } else if (name == "urlDecode") {
    append_url_decoded(made, text);
  } else if (name == "escapeJavaScript") {
    made = escape_javascript(text);
  } else if (name == "parseJson") {
    std::string fault;
    const auto value = vtl_parse_json(world.heap, text, world.limits.depth, fault);
    return value ? given(*value) : failed("$util.parseJson(): " + fault);
  } else {
    return vtl_refused(VtlFaultKind::not_modelled,
                       "$util." + std::string(name) + "() is not modelled");
  }
  return given(world.heap.text(std::move(made)));
}

}  // namespace edgehose
