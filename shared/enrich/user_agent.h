// What a user agent says of the browser, the system and the device: uap-core's rules, with client
// hints put above what browsers leave out of the string, and a bot flag.
//
// Any byte string gives an answer within kRuleStepsMax steps of the rules; of a string longer than
// kUserAgentBytesMax the start is read. Results are valid UTF-8, each at most kAgentFieldBytesMax
// bytes. Characters count as JavaScript counts them, since the rules are written for it.
//
// Where hints and string disagree:
// - a bot's hints are not read;
// - browser: a family that the string names itself (Edge, Opera, Samsung Internet, an app) stays;
//   where it says only Chrome, the product's brand names the family (Brave, Vivaldi). The version
//   is the brand's where the brand is the family that stays: all parts from the full list, else the
//   major from the short one, with the string's other parts as long as the majors agree;
// - system: the platform names the family and its version; a platform without a version leaves the
//   string's, if that names the same system;
// - device: a model is read by the rules as if it stood in an Android's string, so that brands are
//   uap-core's; one they do not know is family and model of itself.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "shared/enrich/agent_text.h"
#include "shared/enrich/client_hints.h"
#include "shared/enrich/rule_index.h"
#include "shared/enrich/rule_set.h"

namespace edgehose {

inline constexpr size_t kAgentFieldBytesMax = 512;

// uap-core's own values; absent ones are empty, and so is its "Other".
struct UserAgent {
  std::string_view ua_family, ua_major, ua_minor, ua_patch;
  std::string_view os_family, os_major, os_minor, os_patch;
  std::string_view device_family, device_brand, device_model;
  bool is_bot = false;
  // As find_bot() names it; for a bot that only isbot knows, the browser family.
  std::string_view bot_name;
};

// Reads one agent after the other. Made once: it unpacks the rules into half a MiB. It allocates
// nothing afterwards.
class UserAgentReader {
 public:
  // The rules must outlive the reader.
  explicit UserAgentReader(std::span<const uint8_t> rules = user_agent_rules());
  UserAgentReader(const UserAgentReader&) = delete;
  UserAgentReader& operator=(const UserAgentReader&) = delete;

  // Its views hold until the next call, and no longer than the arguments.
  const UserAgent& read(std::string_view user_agent, const ClientHints& hints = {});

  // Steps of the last read, for tests and tuning.
  int32_t steps() const { return index_.matcher().steps(); }

 private:
  void read_browser();
  void read_os();
  void read_device();
  void read_bot();
  void reconcile(const ClientHints& hints);
  void reconcile_browser(const ClientHints& hints);
  void reconcile_os(const ClientHints& hints);
  void reconcile_device(std::string_view model);

  std::string_view characters(size_t from, size_t to);
  std::string_view group(size_t index);
  std::string_view replaced(size_t text_number, size_t group_number);
  std::string_view filled(std::string_view pattern, size_t groups_max);
  std::string_view kept(size_t from);
  void append(std::string_view piece, size_t from);

  // Fields that are no part of the text or the rules.
  static constexpr size_t kBufferBytes = 16 * kAgentFieldBytesMax;

  RuleSet rules_;
  RuleIndex index_;
  AgentText text_;
  AgentText model_text_;
  UserAgent agent_;
  size_t used_ = 0;
  std::array<char, kBufferBytes> buffer_{};
};

}  // namespace edgehose
