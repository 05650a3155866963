// The control plane's documents: what CreateDeliveryStream, UpdateDestination and the tag and
// encryption calls ask for, and what DescribeDeliveryStream answers. What AWS would take and this
// simulator does not model is refused by name; nothing is ignored.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/firehose/firehose.h"

namespace edgehose {

[[nodiscard]] Outcome<StreamConfig> read_create_request(std::string_view body);

// A call that names a stream, and nothing else that matters: the name.
[[nodiscard]] Outcome<std::string> read_stream_name(std::string_view body,
                                                    const std::vector<std::string>& others);

// UpdateDestination before the stream was looked at.
struct UpdateRequest {
  std::string name;
  uint64_t from_version = 0;
  std::string body;
};
[[nodiscard]] Outcome<UpdateRequest> read_update_request(std::string_view body);
// What `current` becomes: members that the request has replace those of the stream, the others
// stay.
[[nodiscard]] Outcome<StreamConfig> apply_update(const UpdateRequest& request,
                                                 const StreamConfig& current);

struct ListRequest {
  uint64_t limit = 10;
  std::string after;
  bool is_direct_put = true;  // false: of a kind of stream that is not modelled; none match
};
[[nodiscard]] Outcome<ListRequest> read_list_request(std::string_view body);

struct TagRequest {
  std::string name;
  std::map<std::string, std::string> tags;
};
[[nodiscard]] Outcome<TagRequest> read_tag_request(std::string_view body);
struct UntagRequest {
  std::string name;
  std::vector<std::string> keys;
};
[[nodiscard]] Outcome<UntagRequest> read_untag_request(std::string_view body);
struct ListTagsRequest {
  std::string name;
  std::string after;
  uint64_t limit = kTagsMax;
};
[[nodiscard]] Outcome<ListTagsRequest> read_list_tags_request(std::string_view body);

struct EncryptionRequest {
  std::string name;
  StreamEncryption encryption;  // as Start asks for
};
[[nodiscard]] Outcome<EncryptionRequest> read_start_encryption_request(std::string_view body);

// Answers as JSON text.
[[nodiscard]] std::string describe_text(const Firehose& firehose, const StreamConfig& config,
                                        int64_t now_ms);
[[nodiscard]] std::string list_text(const std::vector<std::string>& names, bool has_more);
[[nodiscard]] std::string list_tags_text(const std::map<std::string, std::string>& tags,
                                         const ListTagsRequest& request);

}  // namespace edgehose
