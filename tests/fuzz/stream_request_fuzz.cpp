// The control plane's documents, from anything to a description.
#include "simulator/http/stream_requests.h"
#include "simulator/services/firehose/processing_config.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

void check_config(const StreamConfig& config) {
  if (check_stream_config(config)) return;
  const std::string text = encode_stream_config(config);
  const auto read = decode_stream_config(text);
  check(static_cast<bool>(read), "a stream that was taken is found again");
  check(encode_stream_config(read.value()) == text, "as it was");
  check(static_cast<bool>(read_processing(config)), "its processing can be read");
  Random random(1);
  const Firehose firehose({}, random);
  check(nlohmann::json::accept(describe_text(firehose, config, 0)), "its description is JSON");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body = text_of(data, size);
  if (const auto created = read_create_request(body)) check_config(created.value());
  if (const auto update = read_update_request(body)) {
    StreamConfig current;
    current.name = "s";
    current.bucket = "lake";
    current.role_arn = "arn:aws:iam::000000000000:role/r";
    if (const auto changed = apply_update(update.value(), current)) check_config(changed.value());
  }
  (void)read_stream_name(body, {"Limit"});
  (void)read_list_request(body);
  if (const auto tags = read_tag_request(body)) {
    check(tags.value().tags.size() <= kTagsMax, "tags have a bound");
  }
  (void)read_untag_request(body);
  (void)read_list_tags_request(body);
  (void)read_start_encryption_request(body);
  return 0;
}
