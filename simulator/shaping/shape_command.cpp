#include "simulator/shaping/shape_command.h"

#include <optional>
#include <sstream>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/collect/collect.h"
#include "shared/wire/put_record_batch.h"
#include "simulator/cost/price_book.h"
#include "simulator/shaping/packing_meter.h"
#include "simulator/shaping/plan_file.h"
#include "simulator/shaping/plan_text.h"
#include "simulator/shaping/shape_request.h"

namespace edgehose {
namespace {

// Public: good for looking at the form of hashes, never for keeping any.
constexpr std::string_view kExampleSecret = "edgehose shape: an example";

// What one run adds up.
struct Totals {
  uint64_t events = 0;
  uint64_t failed = 0;
  uint64_t duplicates = 0;
  uint64_t dropped = 0;  // by consent
  uint64_t refused = 0;
  uint64_t errors = 0;
  uint64_t alone_billed_bytes = 0;  // had each line been a record of its own
};

void start_line(std::string& text, uint64_t line) {
  text = "{\"line\":";
  append_number(text, static_cast<int64_t>(line));
}

class Shaper {
 public:
  Shaper(Configuration configuration, std::optional<Plan> plan, int64_t now_ms, std::ostream& out)
      : received_ms_(now_ms),
        failed_stream_(configuration.failed_stream),
        body_bytes_max_(configuration.limits.body_bytes_max),
        packing_(configuration.shard),
        collector_(std::move(configuration), plan),
        out_(out) {}

  void shape(uint64_t number, std::string_view line) {
    auto read = read_shape_request(line, body_bytes_max_, received_ms_);
    if (const auto* problem = std::get_if<std::string>(&read)) return print_error(number, *problem);
    const auto& request = std::get<ShapeRequest>(read);
    received_ms_ = request.received_ms;
    collector_.collect(request.view(), shaped_);
    if (shaped_.status >= 400) return print_refused(number);
    totals_.events += shaped_.accepted;
    totals_.failed += shaped_.failed;
    totals_.duplicates += shaped_.duplicates;
    totals_.dropped += shaped_.dropped;
    std::string_view lines = shaped_.lines;
    for (Line delivered; take_line(lines, delivered);) print_line(number, delivered);
    if (!shaped_.lines.empty()) packing_.submit(request.received_ms, shaped_.lines);
  }

  const Totals& totals() const { return totals_; }
  const PackingMeter& finish() {
    packing_.finish();
    return packing_;
  }

 private:
  void print_line(uint64_t number, const Line& line) {
    start_line(text_, number);
    if (line.stream == failed_stream_) {
      text_ += ",\"failed\":";
    } else {
      text_ += ",\"stream\":";
      json_append_string(text_, line.stream);
      text_ += ",\"event\":";
    }
    text_ += line.text;
    out_ << text_ << "}\n";
    totals_.alone_billed_bytes += billed_bytes(line.text.size() + 1);
  }

  void print_refused(uint64_t number) {
    ++totals_.refused;
    start_line(text_, number);
    text_ += ",\"refused\":{\"status\":";
    append_number(text_, shaped_.status);
    // The answer is an object: its members go on here.
    text_ += "," + shaped_.answer.substr(1);
    out_ << text_ << "}\n";
  }

  void print_error(uint64_t number, const std::string& problem) {
    ++totals_.errors;
    start_line(text_, number);
    text_ += ",\"error\":";
    std::string clean;
    for (size_t at = 0; at < problem.size();) {
      const size_t bytes = utf8_sequence_bytes(problem, at);
      clean.append(bytes == 0 ? "?" : problem.substr(at, bytes));
      at += bytes == 0 ? 1 : bytes;
    }
    json_append_string(text_, clean);
    out_ << text_ << "}\n";
  }

  int64_t received_ms_;  // of the request before
  std::string failed_stream_;
  size_t body_bytes_max_;
  PackingMeter packing_;
  Collector collector_;
  Shaped shaped_;
  std::ostream& out_;
  std::string text_;
  Totals totals_;
};

std::string usd(uint64_t nano_usd) {
  std::ostringstream text;
  text << '$' << nano_usd / 1'000'000'000 << '.';
  std::string cents = std::to_string(nano_usd % 1'000'000'000 / 10'000);
  return text.str() + std::string(5 - cents.size(), '0') + cents;
}

// What Firehose bills for a million events at this rate of bytes, or that the price is not known.
std::string price_of_million(uint64_t billed_bytes, uint64_t lines, const PriceBook& book) {
  Usage usage{};
  usage[static_cast<size_t>(Meter::firehose_ingest)] = scale(billed_bytes, 1'000'000, lines);
  const Bill bill = make_bill(usage, book);
  return bill.is_lower_bound ? "unknown" : usd(bill.total_nano_usd);
}

void print_summary(const Totals& totals, const PackingMeter& packing, const PriceBook& book,
                   std::ostream& err) {
  const ShardCounters& packed = packing.counters();
  err << "events: " << totals.events << " accepted, " << totals.failed << " failed, "
      << totals.duplicates << " duplicates";
  if (totals.dropped > 0) err << ", " << totals.dropped << " dropped by consent";
  err << "; requests refused: " << totals.refused
      << "; lines that are no request: " << totals.errors << "\n";
  if (packed.delivered_lines == 0) return;
  err << "packing: " << packed.delivered_lines << " lines in " << packed.delivered_records
      << " records and " << packed.sent_batches << " calls; " << packed.delivered_line_bytes
      << " bytes of lines, billed as " << packed.billed_bytes << "\n";
  err << "bill of 1,000,000 events (Firehose ingestion, " << book.region
      << "): " << price_of_million(packed.billed_bytes, packed.delivered_lines, book) << " packed, "
      << price_of_million(totals.alone_billed_bytes, packed.delivered_lines, book)
      << " with one event a record\n";
  if (packed.refused_requests > 0) {
    err << packed.refused_requests << " requests found the shard full (limits/held_bytes_max) and "
        << "are not in the packing\n";
  }
  if (packing.late_requests() > 0) {
    err << packing.late_requests() << " requests stand too far behind later ones (received_ms): "
        << "they are packed as if they came with those, which makes the bill lower; sort the "
           "input\n";
  }
}

std::optional<Configuration> load_configuration(const std::string& file, std::ostream& err) {
  if (file.empty()) return Configuration{};
  const std::optional<std::string> text = read_file(file);
  if (!text) {
    err << "edgehose shape: " << read_file_problem(file) << "\n";
    return std::nullopt;
  }
  // What was to be written into it is missing: defaults would hide that.
  if (trim(*text).empty()) {
    err << file << ": empty. write {} for the defaults\n";
    return std::nullopt;
  }
  std::optional<Configuration> configuration(std::in_place);
  const std::string problem = read_configuration(*text, *configuration);
  if (problem.empty()) return configuration;
  err << file << ": " << problem << "\n";
  return std::nullopt;
}

}  // namespace

int run_shape(const ShapeOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  auto configuration = load_configuration(options.configuration, err);
  if (!configuration) return 2;
  std::string plan_bytes;
  std::optional<Plan> plan;
  if (!options.plan.empty()) {
    if (load_plan(options.plan, plan_bytes, err) != PlanFile::sound) return 2;
    plan = Plan::map(plan_bytes);
    if (plan && plan->hashes_pii() && configuration->privacy.secret.empty()) {
      err << "edgehose shape: no privacy/secret in the configuration: personal places are hashed "
             "with an example's\n";
      configuration->privacy.secret = kExampleSecret;
    }
    if (plan && !plan_problem(*configuration, *plan).empty()) {
      err << "edgehose shape: " << plan_problem(*configuration, *plan) << "\n";
      return 2;
    }
  }
  const auto book = read_price_book(shipped_prices(), options.region);
  if (const auto* problem = std::get_if<std::string>(&book)) {
    err << "edgehose shape: " << *problem << "\n";
    return 2;
  }

  Shaper shaper(std::move(*configuration), plan, options.now_ms, out);
  uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!trim(line).empty()) shaper.shape(number, line);
  }
  out.flush();
  print_summary(shaper.totals(), shaper.finish(), std::get<PriceBook>(book), err);
  return shaper.totals().errors > 0 ? 1 : 0;
}

}  // namespace edgehose
