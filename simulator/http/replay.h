// Brings back what AWS's rules left aside: messages in dead-letter queues, raw objects that nobody
// is told of any more, records in error prefixes.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <variant>

#include "simulator/http/control.h"
#include "simulator/http/event_host.h"
#include "simulator/http/firehose_host.h"
#include "simulator/http/worker_pool.h"
#include "simulator/services/s3/s3.h"

namespace edgehose {

struct ReplayRequest {
  bool dead_letters = false;
  // Every object below is told of again; what shapes it must bear that.
  std::string raw_bucket = {};
  std::string raw_prefix = {};
  // Error records of every object below go to the stream again; the object then moves below
  // replayed/.
  std::string error_bucket = {};
  std::string error_prefix = {};
  std::string stream = {};
};
// {"dead_letters":true,"raw":"BUCKET/PREFIX","errors":"BUCKET/PREFIX","stream":"NAME"}, or what is
// wrong with it.
[[nodiscard]] std::variant<ReplayRequest, std::string> read_replay_request(std::string_view body);

class Replay {
 public:
  // All outlive it.
  Replay(EventHost& events, FirehoseHost& firehose, S3& s3, S3Meters& meters, ControlAccess access)
      : events_(events),
        firehose_(firehose),
        s3_(s3),
        meters_(meters),
        access_(access),
        worker_(1) {}

  // POST /_edgehose/replay: {"messages","objects","records","left"}; answered when all is on its
  // way. False, and nothing answered, for another path.
  [[nodiscard]] bool handle(const HttpRequest& request, const HttpRespond& respond);
  // Ends the replay that runs behind the object it is at. Before the hosts stop: it waits for them.
  void stop() {
    stopping_ = true;
    worker_.stop();
  }

 private:
  struct Counts {
    uint64_t messages = 0;
    uint64_t objects = 0;
    uint64_t records = 0;
    uint64_t left = 0;  // records that the stream did not take: their objects stay
  };
  [[nodiscard]] HttpResponse perform(const ReplayRequest& request);
  void move_dead_letters(Counts& counts);
  [[nodiscard]] Error tell_again(const ReplayRequest& request, Counts& counts);
  [[nodiscard]] Error put_again(const ReplayRequest& request, Counts& counts);
  // How many of the records the stream took.
  [[nodiscard]] size_t put_records(const std::string& stream,
                                   const std::vector<std::string>& records);

  EventHost& events_;
  FirehoseHost& firehose_;
  S3& s3_;
  S3Meters& meters_;
  ControlAccess access_;
  std::atomic<bool> stopping_{false};
  WorkerPool worker_;
};

}  // namespace edgehose
