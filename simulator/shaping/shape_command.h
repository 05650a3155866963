// `edgehose shape`: what the collector would deliver for requests on standard input, by the code
// that is in the module.
#pragma once

#include <cstdint>
#include <istream>
#include <ostream>
#include <string>

namespace edgehose {

struct ShapeOptions {
  std::string plan = {};           // --plan FILE: JSON, YAML or compiled; none: own data passes
  std::string configuration = {};  // --configuration FILE; none: a stream a content type
  int64_t now_ms = 0;              // --now: when a first line was received that does not say it
  std::string region = "ap-northeast-1";  // --region: whose prices the bill has
  bool ndjson = false;                    // --ndjson: JSON lines in and out (always so)
};

// Reads one JSON request a line and writes one JSON object for each line that would be delivered:
//   {"line":N,"stream":"...","event":{...}}   an accepted event
//   {"line":N,"failed":{...}}                 a failed event
//   {"line":N,"refused":{...}}                a request that is answered 4xx and delivers nothing
//   {"line":N,"error":"..."}                  a line that is no request; the others are not touched
// N counts lines of the input from 1. A request that says no received_ms came with the one before
// it, the first one at `now_ms`. The packing takes requests in the order of their times, as far as
// PackingMeter holds them. At the end `err` gets what became of the events (those that
// consent lets nothing be kept of have no line), the packing and the bill of a million events. 0; 1
// when a line was no request; 2 when the plan or the configuration is wrong.
int run_shape(const ShapeOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace edgehose
