// What a deployment says about itself: one JSON document (schema:
// shared/contract/configuration.schema.json).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/limits.h"
#include "shared/enrich/consent.h"
#include "shared/event/event.h"
#include "shared/pack/shard.h"

namespace edgehose {

// How the sender's clock is judged. All in milliseconds.
struct TimePolicy {
  // A sender whose sent_time differs from the received time by more than this has its events moved
  // by the difference; less is the network's doing, and more than a year no clock's.
  int64_t skew_tolerance_ms = 10'000;
  int64_t late_after_ms = 86'400'000;  // before the received time
  int64_t future_ms = 300'000;         // after it
  LateAction action = LateAction::mark;
};

enum class IpPolicy : uint8_t { truncate = 0, hash = 1, drop = 2 };

struct PrivacyPolicy {
  IpPolicy ip = IpPolicy::truncate;
  // Keys the hashes of addresses and of the plan's personal places; needed where something is
  // hashed.
  std::string secret;
  uint32_t ip_salt_days = 1;  // how long an address keeps its hash
  ConsentPolicy consent;
  std::vector<std::string> redact_query;  // parameters, in lower case, whose values no URL may keep
};

struct Configuration {
  // Built once, in configuration.cpp: with so many members each copy of these would be a kilobyte
  // of the edge module.
  [[gnu::noinline]] Configuration();
  Configuration(const Configuration&);
  [[gnu::noinline]] Configuration(Configuration&&) noexcept;
  Configuration& operator=(const Configuration&);
  Configuration& operator=(Configuration&&) noexcept;
  ~Configuration();

  // Content type -> delivery stream, in the document's order. Without any, every content type goes
  // to the stream of its own name; that is for the command line, where no stranger can invent
  // names.
  std::vector<std::pair<std::string, std::string>> streams;
  std::string
      other_stream;  // of content types not named: the member "*"; empty: they are failed events
  std::string failed_stream = "failed";
  // The site's own domains, in lower case: a referrer on one of them or below one is internal.
  std::vector<std::string> internal_domains;
  size_t user_agent_cache = 256;  // user agents remembered; 0: none
  Limits limits;
  TimePolicy time;
  PrivacyPolicy privacy;
  EventIdPolicy event_id = EventIdPolicy::required;  // where the plan says nothing
  UnplannedEvents unplanned_events = UnplannedEvents::fail;
  ShardOptions shard;

  // The stream of a content type: what `streams` names for it, else the plan's, else `*`; empty
  // when it has none, as one named like the stream of failed events where `streams` is empty.
  std::string_view stream_of(std::string_view content_type,
                             std::string_view plan_stream = {}) const;
};

// Reads a document over the defaults in `configuration`. What it gives is empty, or what is wrong
// with the document and where: "/pacing/mode: expected \"on\" or \"off\", found \"of\""; then the
// configuration is not to be used.
//
// Members that only hosts use (region, endpoint, status, shards) are checked for their type and
// left to them. An unknown member is a problem, never ignored. Empty text is the default
// configuration.
[[nodiscard]] std::string read_configuration(std::string_view text, Configuration& configuration);

}  // namespace edgehose
