#include "shared/collect/delivered_line.h"

#include <utility>

#include "shared/base/byte_kernels.h"
#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "shared/base/json_write.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"
#include "shared/enrich/campaign.h"
#include "shared/enrich/privacy.h"
#include "shared/enrich/url.h"

namespace edgehose {
namespace {

// The names of all members together with their quotes, commas and colons, and the values of fixed
// size.
constexpr size_t kFixedBytesMax = 2'048;

std::string_view utf8_or_nothing(std::string_view text) {
  return is_utf8(text) ? text : std::string_view{};
}

// Members of an event, written as they came or, where that would change them, compacted.
class EventMembers : public JsonMembers {
 public:
  EventMembers(char* at, const Event& event, CompactedMembers& compacted)
      : JsonMembers(at), event_(event), values_(event.raw.data()) {
    if (event.rewritten != 0) compact(compacted);
  }

  template <MemberLiteral member>
  void own(Member which) {
    raw<member>(values_[static_cast<size_t>(which)]);
  }
  template <MemberLiteral member>
  void instant(int64_t ms) {
    name<member>();
    byte('"');
    advance_to(write_iso_ms(at(), ms));
    byte('"');
  }
  // A part of the URL that is `whole`: it needs no escapes where that came without any.
  template <MemberLiteral member>
  void part(Member whole, std::string_view value) {
    event_.is_escaped(whole) ? text<member>(value) : plain<member>(value);
  }

 private:
  EDGEHOSE_RARE void compact(CompactedMembers& compacted) {
    compacted.values = event_.raw;
    size_t bytes = 0;
    for (const std::string_view value : event_.raw) bytes += value.size();
    compacted.text.clear();
    // No value grows, so the text stays where it is.
    compacted.text.reserve(bytes);
    for (size_t i = 0; i < kMemberCount; ++i) {
      if (!event_.is_rewritten(static_cast<Member>(i))) continue;
      const size_t start = compacted.text.size();
      json_append_compact(compacted.text, event_.raw[i]);
      compacted.values[i] = std::string_view(compacted.text).substr(start);
    }
    values_ = compacted.values.data();
  }

  const Event& event_;
  const std::string_view* values_;
};

// The text of a member that is a string; `scratch` holds it where escapes had to be undone.
std::string_view decoded(const Event& event, Member member, std::string& scratch) {
  const std::string_view raw = event[member];
  if (raw.empty()) return {};
  if (!event.is_escaped(member)) return raw.substr(1, raw.size() - 2);
  scratch.clear();
  json_append_decoded(scratch, raw);
  return scratch;
}

// The parts of a URL are UTF-8 as the URL is: they meet at ASCII bytes.
void add_page(EventMembers& line, const UrlParts& page, std::string_view host) {
  line.part<"page_host">(Member::page_url, host);
  line.part<"page_path">(Member::page_url, page.path);
  line.own<"page_title">(Member::page_title);
  line.own<"language">(Member::language);
  line.own<"timezone">(Member::timezone);
  line.own<"screen_width">(Member::screen_width);
  line.own<"screen_height">(Member::screen_height);
}

// A value that was redacted says nothing.
std::string_view unless_redacted(std::string_view value) {
  return value == kRedacted ? std::string_view{} : value;
}

// An event without a page has no way that led to it.
void add_referrer(EventMembers& line, const Referrer& referrer, bool has_page) {
  line.part<"referrer_host">(Member::referrer_url, referrer.host);
  if (has_page || referrer.medium != "none") line.plain<"referrer_medium">(referrer.medium);
  line.text<"referrer_source">(referrer.source);
  line.text<"referrer_term">(unless_redacted(referrer.term));
  line.text<"referrer_term_charset">(referrer.term_charset);
}

void add_campaign(EventMembers& line, const UrlParts& page, std::string& scratch) {
  if (page.query.empty()) return;
  Campaign campaign;
  read_campaign(page.query, scratch, campaign);
  line.text<"campaign_source">(unless_redacted(campaign.values[0]));
  line.text<"campaign_medium">(unless_redacted(campaign.values[1]));
  line.text<"campaign_name">(unless_redacted(campaign.values[2]));
  line.text<"campaign_term">(unless_redacted(campaign.values[3]));
  line.text<"campaign_content">(unless_redacted(campaign.values[4]));
  if (campaign.click_id.empty() || campaign.click_id == kRedacted) return;
  line.text<"click_id">(campaign.click_id);
  line.text<"click_id_kind">(campaign.click_id_kind);
}

// Own data as the plan shaped it, where there is one; an object it found empty was not sent.
void add_properties(EventMembers& line, const Event& event) {
  if (event.planned_properties.empty()) return line.own<"properties">(Member::properties);
  if (event[Member::properties].empty()) return;
  line.raw<"properties">(event.planned_properties);
}

EDGEHOSE_RARE void add_clock_skew(EventMembers& line, const EventTime& time) {
  line.name<"clock_skew_ms">();
  line.number(time.clock_skew_ms);
}

void add_about(EventMembers& line, const Event& event, const EventTime& time) {
  line.plain<"time_status">(time.status);
  if (time.clock_skew_ms != 0) add_clock_skew(line, time);
  line.raw<"coerced">(event.coerced);
  line.own<"consent">(Member::consent);
}

}  // namespace

EDGEHOSE_RARE DeliveredLines::DeliveredLines(std::span<const std::string> internal_domains,
                                             std::span<const std::string> redact_query,
                                             size_t user_agent_cache)
    : internal_domains_(internal_domains),
      agent_cache_(user_agent_cache),
      redacted_names_(redact_query.begin(), redact_query.end()),
      anonymous_redacted_names_(redacted_names_) {
  const auto click_ids = click_id_kinds();
  anonymous_redacted_names_.insert(anonymous_redacted_names_.end(), click_ids.begin(),
                                   click_ids.end());
}

void DeliveredLines::begin(const RequestFacts& facts) {
  facts_ = &facts;
  is_rendered_ = false;
}

[[gnu::noinline]] void DeliveredLines::render_shared() {
  const RequestFacts& facts = *facts_;
  times_.clear();
  times_.append(",\"received_time\":\"");
  times_.commit(write_iso_ms(times_.reserve(kIsoMsBytes), facts.received_ms));
  times_.append("\"");
  if (facts.sent_ms) {
    times_.append(",\"sent_time\":\"");
    times_.commit(write_iso_ms(times_.reserve(kIsoMsBytes), *facts.sent_ms));
    times_.append("\"");
  }
  render_agent(facts.user_agent, facts.hints, agent_);
  render_place(place_, Keep::everything);
  render_place(anonymous_place_, Keep::anonymous);
  tail_.clear();
  JsonMembers tail(
      tail_.reserve(kFixedBytesMax + json_escaped_bytes_max(facts.plan_version.size())));
  tail.text<"plan_version">(facts.plan_version);
  tail.text<"collector">(kCollector);
  tail.byte('}');
  tail_.commit(tail.at());
  is_rendered_ = true;
}

// An agent's members depend on nothing but its text and its hints, and traffic has few of them.
void DeliveredLines::render_agent(std::string_view user_agent, const ClientHints& hints,
                                  ByteBuffer& agent) {
  agent.clear();
  if (user_agent.empty()) return;
  if (agent_cache_.keeps_nothing()) return read_agent(user_agent, hints, agent);
  agent_key_ = user_agent;
  for (std::string_view hint : {hints.brands, hints.full_version_list, hints.platform,
                                hints.platform_version, hints.model, hints.mobile}) {
    agent_key_.push_back('\n');
    agent_key_ += hint;
  }
  const std::string_view known = agent_cache_.find(agent_key_);
  if (known.data() != nullptr) return agent.append(known);
  read_agent(user_agent, hints, agent);
  agent_cache_.store(agent_key_, agent);
}

void DeliveredLines::read_agent(std::string_view user_agent, const ClientHints& hints,
                                ByteBuffer& agent) {
  const UserAgent& read = agents_.read(user_agent, hints);
  constexpr size_t kFields = 12;
  JsonMembers members(agent.reserve(kFixedBytesMax +
                                    kFields * json_escaped_bytes_max(kAgentFieldBytesMax) +
                                    json_escaped_bytes_max(user_agent.size())));
  members.text<"ua_family">(read.ua_family);
  members.text<"ua_major">(read.ua_major);
  members.text<"ua_minor">(read.ua_minor);
  members.text<"ua_patch">(read.ua_patch);
  members.text<"os_family">(read.os_family);
  members.text<"os_major">(read.os_major);
  members.text<"os_minor">(read.os_minor);
  members.text<"os_patch">(read.os_patch);
  members.text<"device_family">(read.device_family);
  members.text<"device_brand">(read.device_brand);
  members.text<"device_model">(read.device_model);
  members.name<"is_bot">();
  members.bytes(read.is_bot ? "true" : "false");
  members.text<"bot_name">(read.bot_name);
  members.text<"user_agent">(utf8_or_nothing(user_agent));
  agent.commit(members.at());
}

void DeliveredLines::render_place(ByteBuffer& place, Keep keep) const {
  const RequestFacts& facts = *facts_;
  place.clear();
  const size_t bytes = facts.client_ip.size() + facts.geo_country.size() + facts.geo_region.size() +
                       facts.geo_city.size() + facts.geo_asn.size();
  JsonMembers members(place.reserve(kFixedBytesMax + json_escaped_bytes_max(bytes)));
  if (keep == Keep::everything) members.text<"client_ip">(utf8_or_nothing(facts.client_ip));
  members.text<"geo_country">(utf8_or_nothing(facts.geo_country));
  members.text<"geo_region">(utf8_or_nothing(facts.geo_region));
  if (keep == Keep::everything) members.text<"geo_city">(utf8_or_nothing(facts.geo_city));
  members.text<"geo_asn">(utf8_or_nothing(facts.geo_asn));
  place.commit(members.at());
}

// The URL as it may be kept: what is read of it later is read of this.
void DeliveredLines::read_address(const Event& event, Member member, Keep keep,
                                  Address& address) const {
  address.text = decoded(event, member, address.decoded);
  address.is_redacted = false;
  const auto& names = keep == Keep::everything ? redacted_names_ : anonymous_redacted_names_;
  if (!names.empty() && find_either_byte(address.text, '?', '#') != address.text.size()) {
    address.redacted.clear();
    append_redacted_url(address.redacted, address.text, names);
    address.is_redacted = address.redacted != address.text;
    address.text = address.redacted;
  }
  (void)split_url(address.text, address.parts);
  if (!address.parts.userinfo.empty()) drop_userinfo(address);
}

// A password that a page's address was opened with. Browsers show it to nobody.
EDGEHOSE_RARE void DeliveredLines::drop_userinfo(Address& address) {
  const std::string_view userinfo = address.parts.userinfo;
  const auto start = static_cast<size_t>(userinfo.data() - address.text.data());
  std::string kept(address.text.substr(0, start));
  kept += address.text.substr(start + userinfo.size() + 1);
  address.redacted = std::move(kept);
  address.is_redacted = true;
  address.text = address.redacted;
  (void)split_url(address.text, address.parts);
}

// Each member once as it came, and of the two addresses what is redacted and what is derived of
// them, all of it escaped.
size_t DeliveredLines::bytes_max(const Event& event) const {
  const size_t addresses = page_.text.size() + referrer_.text.size();
  return kFixedBytesMax + event.text.size() + event.planned_properties.size() +
         event.coerced.size() + tail_.size() + 3 * json_escaped_bytes_max(addresses) +
         times_.size() + agent_.size() + own_agent_.size() + place_.size();
}

void DeliveredLines::append(ByteBuffer& out, const Event& event, const EventTime& time, Keep keep) {
  if (!is_rendered_) render_shared();
  const bool has_own_agent = !event[Member::user_agent].empty();
  if (has_own_agent) {
    render_agent(decoded(event, Member::user_agent, own_agent_text_), {}, own_agent_);
  }
  const std::string_view agent = has_own_agent ? own_agent_ : agent_;
  read_address(event, Member::page_url, keep, page_);
  read_address(event, Member::referrer_url, keep, referrer_);
  const UrlParts& page = page_.parts;
  const std::string_view page_host = lower_host(page, page_host_);
  const Referrer& referrer = referrer_.parts.scheme.empty()
                                 ? referrers_.read(referrer_.text, page_host, internal_domains_)
                                 : referrers_.read(referrer_.parts, page_host, internal_domains_);

  EventMembers line(out.reserve(bytes_max(event)), event, compacted_);
  line.bytes("{\"event_id\":\"");
  line.bytes(event.event_id);
  line.byte('"');
  line.plain<"content_type">(event.content_type);
  line.instant<"event_time">(time.ms);
  line.bytes(times_);
  if (keep == Keep::everything) {
    line.own<"user_id">(Member::user_id);
    line.own<"anonymous_id">(Member::anonymous_id);
    line.own<"session_id">(Member::session_id);
  }
  page_.is_redacted ? line.text<"page_url">(page_.text) : line.own<"page_url">(Member::page_url);
  add_page(line, page, page_host);
  referrer_.is_redacted ? line.text<"referrer_url">(referrer_.text)
                        : line.own<"referrer_url">(Member::referrer_url);
  add_referrer(line, referrer, !event[Member::page_url].empty());
  add_campaign(line, page, campaign_);
  line.bytes(agent);
  line.bytes(keep == Keep::everything ? place_ : anonymous_place_);
  add_properties(line, event);
  add_about(line, event, time);
  line.bytes(tail_);
  out.commit(line.at());
}

}  // namespace edgehose
