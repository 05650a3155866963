// The line an accepted event becomes: flat, snake_case, absent where unknown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/byte_buffer.h"
#include "shared/collect/agent_cache.h"
#include "shared/enrich/client_hints.h"
#include "shared/enrich/consent.h"
#include "shared/enrich/referrer.h"
#include "shared/enrich/url.h"
#include "shared/enrich/user_agent.h"
#include "shared/event/event.h"

namespace edgehose {

// The name and version that lines carry as `collector`.
inline constexpr std::string_view kCollector = "edgehose/0.1.0";

// What the request adds to each of its events. Views live as long as the request.
struct RequestFacts {
  int64_t received_ms = 0;
  std::optional<int64_t> sent_ms;  // the sender's clock when it sent the batch
  std::string_view client_ip;      // as privacy allows; empty: unknown
  std::string_view user_agent;     // the header's, for events that name none
  ClientHints hints;               // of the same browser
  std::string_view geo_country;
  std::string_view geo_region;
  std::string_view geo_city;
  std::string_view geo_asn;
  std::string_view plan_version;
};

// What the collector found of the event's time.
struct EventTime {
  int64_t ms = 0;             // by the collector's clock
  int64_t clock_skew_ms = 0;  // what was added to the sender's time; 0 where nothing was
  std::string_view status;    // "late", "future" or empty
};

// An event's members where some of them had to be compacted.
struct CompactedMembers {
  std::array<std::string_view, kMemberCount> values;
  std::string text;  // of those that had to
};

// Writes the lines of a request's events. What all of them share is rendered once, and its memory
// serves the next request: in steady state a line allocates nothing.
class DeliveredLines {
 public:
  // `internal_domains`: the site's own; `redact_query`: parameters whose values no URL may keep.
  // Both in lower case; the domains must outlive this, and so must the names.
  // `user_agent_cache`: agents remembered.
  DeliveredLines(std::span<const std::string> internal_domains,
                 std::span<const std::string> redact_query, size_t user_agent_cache);

  // Starts a request. `facts` must live until the last append(); a later change of them is seen
  // only after another begin().
  void begin(const RequestFacts& facts);

  // Appends the event's line without a newline. `keep` is not `nothing`.
  void append(ByteBuffer& out, const Event& event, const EventTime& time, Keep keep);

 private:
  void render_shared();
  void render_agent(std::string_view user_agent, const ClientHints& hints, ByteBuffer& agent);
  void read_agent(std::string_view user_agent, const ClientHints& hints, ByteBuffer& agent);
  void render_place(ByteBuffer& place, Keep keep) const;
  size_t bytes_max(const Event& event) const;

  // A URL as it may be kept.
  struct Address {
    std::string decoded;    // with its escapes undone, where it has any
    std::string redacted;   // where a parameter had to be, or a user's name and password dropped
    std::string_view text;  // one of the two, or the event's own
    UrlParts parts;         // of `text`; without a scheme where it is no URL
    bool is_redacted = false;
  };
  void read_address(const Event& event, Member member, Keep keep, Address& address) const;
  static void drop_userinfo(Address& address);

  std::span<const std::string> internal_domains_;
  ReferrerReader referrers_;
  UserAgentReader agents_;
  AgentCache agent_cache_;
  std::string agent_key_;
  std::string own_agent_text_;  // with its escapes undone, where it has any
  const RequestFacts* facts_ = nullptr;
  bool is_rendered_ = false;
  ByteBuffer times_;            // ,"received_time":...
  ByteBuffer agent_;            // ,"ua_family":... to "user_agent"
  ByteBuffer own_agent_;        // the same of an event that names its own
  ByteBuffer place_;            // ,"client_ip":...
  ByteBuffer anonymous_place_;  // the same without what tells a person
  ByteBuffer tail_;             // ,"plan_version":... to the line's end
  CompactedMembers compacted_;
  Address page_;
  Address referrer_;
  std::vector<std::string_view> redacted_names_;            // of everyone
  std::vector<std::string_view> anonymous_redacted_names_;  // and of who did not consent
  std::string campaign_;                                    // values that had to be decoded
  std::string page_host_;  // in lower case, where a letter had to change
};

}  // namespace edgehose
