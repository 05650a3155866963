// A whole simulator without its sockets, on a folder of its own.
#pragma once

#include <catch2/catch.hpp>

#include "simulator/adapters/compressors.h"
#include "simulator/engine/posix_disk.h"
#include "simulator/http/event_services.h"
#include "simulator/http/frontend.h"
#include "simulator/lake/object_store.h"
#include "tests/unit/simulator/http/recorder.h"
#include "tests/unit/simulator/test_folder.h"

namespace edgehose {

struct SimulatorWorld {
  explicit SimulatorWorld(std::optional<Credentials> credentials = std::nullopt,
                          int64_t now_ms = 1'795'353'600'000)
      : clock(now_ms),
        random(1),
        disk(Fsync::off),
        store(disk, folder.path()),
        firehose({}, random),
        journal(disk, folder.path() + "/firehose"),
        host(firehose, clock, journal, {store, compressor}),
        protocol(host),
        s3(store, "ap-northeast-1"),
        gate_of_functions(2, clock, clock),
        events(EventServicesOptions{.data = folder.path(), .seed = 3},
               {disk, s3, meters, gate_of_functions, clock, clock, no_builtins}),
        s3_protocol(s3, meters, clock, &events.host()),
        control(host, meters, clock),
        workers(1),
        frontend(
            {protocol, s3_protocol, events.sqs(), events.lambda(), control, workers, clock, random},
            std::move(credentials)) {
    REQUIRE(disk.make_folders(folder.path() + "/events") == Error::none);
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("lake", now_ms) == Error::none);
  }

  HttpResponse send(HttpRequest request) {
    Recorder recorder;
    frontend.handle(std::move(request), recorder.respond());
    return recorder.wait();
  }

  HttpResponse firehose_call(const std::string& operation, const std::string& body) {
    return send(
        {.method = "POST",
         .target = "/",
         .headers = {{"host", "127.0.0.1"}, {"x-amz-target", "Firehose_20150804." + operation}},
         .body = body});
  }

  HttpResponse sqs_call(const std::string& operation, const nlohmann::json& body) {
    return send({.method = "POST",
                 .target = "/",
                 .headers = {{"host", "127.0.0.1"}, {"x-amz-target", "AmazonSQS." + operation}},
                 .body = body.dump()});
  }

  HttpResponse create(const std::string& name) {
    return firehose_call("CreateDeliveryStream",
                         nlohmann::json{{"DeliveryStreamName", name},
                                        {"ExtendedS3DestinationConfiguration",
                                         {{"RoleARN", "arn:aws:iam::000000000000:role/f"},
                                          {"BucketARN", "arn:aws:s3:::lake"}}}}
                             .dump());
  }

  SimulatedClock clock;
  Random random;
  TestFolder folder;
  PosixDisk disk;
  ObjectStore store;
  Firehose firehose;
  JournalWriter journal;
  Compressors compressor;
  FirehoseHost host;
  FirehoseProtocol protocol;
  S3Meters meters;
  S3 s3;
  FaultGate gate_of_functions;
  MakeBuiltin no_builtins;
  EventServices events;
  S3Protocol s3_protocol;
  Control control;
  WorkerPool workers;
  Frontend frontend;
};

inline nlohmann::json body_of(const HttpResponse& response) {
  return nlohmann::json::parse(response.body);
}

inline std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [header, value] : response.headers) {
    if (header == name) return value;
  }
  return "";
}

}  // namespace edgehose
