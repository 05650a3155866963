// The function of the design of 2020: told by SQS of raw objects, it reads each, shapes every line
// with the collector's own code, and writes what it makes by content type and hour.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "shared/collect/collect.h"
#include "simulator/engine/clock.h"
#include "simulator/services/lambda/builtin_function.h"

namespace edgehose {

// Of a raw object, compressed or not, and unpacked.
inline constexpr size_t kRawBytesMax = size_t{256} << 20;

class ShaperFunction final : public BuiltinFunction {
 public:
  // Shaped objects go to `bucket`; `objects` and `compressor` outlive the function. `wall_clock`
  // measures its time.
  ShaperFunction(std::string bucket, ObjectAccess& objects, const Compressor& compressor,
                 const Clock& wall_clock);

  // `event` is SQS's, its bodies S3's notifications. Answers {"batchItemFailures":[...]} with the
  // messages of which an object could not be read or written; a test message asks for nothing.
  //
  // A line of an object is a request as `edgehose shape` reads it, or what a page sends (an event,
  // or {"events":[...]}); without a time it was received when its object was written. Lines that
  // cannot be read become failed events. Keys are made of the raw object's alone, so that a second
  // delivery of its message writes the same objects again:
  //   content_type=<type>/year=<yyyy>/month=<MM>/day=<dd>/hour=<HH>/shaped-<16 digits>.json
  // by event time; failed_events/year=... by the time they were received.
  [[nodiscard]] InvokeResult invoke(std::string_view event) override;

 private:
  class Shaping;
  std::unique_ptr<Collector> take_collector();
  void give_back(std::unique_ptr<Collector> collector);
  // False: to be tried again.
  bool shape_message(Collector& collector, const std::string& body);
  bool shape_object(Collector& collector, const std::string& bucket, const std::string& key,
                    int64_t written_ms);

  std::string bucket_;
  ObjectAccess& objects_;
  const Compressor& compressor_;
  const Clock& clock_;
  std::mutex guard_;
  std::vector<std::unique_ptr<Collector>> idle_;
};

}  // namespace edgehose
