// Files of the journal as a crash, a disk or a curious hand left them: segments, outputs,
// descriptions.
#include "simulator/services/firehose/outputs.h"
#include "simulator/services/firehose/stream_config.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

void check_segment(const std::string& file) {
  const FrameFile read = read_frames(file);
  check(read.good_bytes <= file.size(), "no more was good than there is");
  for (const FramePtr& frame : read.frames) {
    size_t bytes = 0;
    if (frame->kind != FrameKind::records) continue;
    for (const std::string_view record : frame->records()) bytes += record.size();
    check(bytes <= frame->payload_bytes, "records lie in their frame");
  }
}

void check_description(const std::string& text) {
  const auto config = decode_stream_config(text);
  if (!config) return;
  check(!check_stream_config(config.value()), "what is taken from disk keeps AWS's rules");
  const std::string again = encode_stream_config(config.value());
  const auto read = decode_stream_config(again);
  check(static_cast<bool>(read), "what is written is read");
  check(encode_stream_config(read.value()) == again, "and is the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string file = text_of(data, size);
  check_segment(file);
  (void)decode_outputs(file);
  check_description(file);
  // Behind a right head, so that the fuzzer need not guess a checksum.
  const std::string framed =
      make_frame(FrameKind::object, file, 0).bytes + make_frame(FrameKind::end, "0\n", 0).bytes;
  const auto outputs = decode_outputs(framed);
  if (outputs) {
    check(outputs->objects.size() == 1, "one object was framed");
    Outputs same;
    same.objects = outputs->objects;
    const auto again = decode_outputs(encode_outputs(same));
    check(again && again->objects[0].bytes == outputs->objects[0].bytes, "its bytes come back");
  }
  check_segment(make_frame(FrameKind::seal, file, 0).bytes);
  return 0;
}
