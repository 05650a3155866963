// CloudWatch's requests from anything: a form, CBOR or JSON, up to the state behind them.
#include "simulator/http/cloudwatch_requests.h"

#include <nlohmann/json.hpp>

#include "simulator/http/alarm_file.h"
#include "simulator/http/cbor.h"
#include "simulator/http/query_form.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;

void check_alarm(const AlarmConfig& config, const MetricStore& store) {
  AlarmSet alarms;
  check(!alarms.put(kNow, config), "an alarm that was read is taken");
  for (const AlarmChange& change : alarms.evaluate(kNow, store)) {
    check(nlohmann::json::accept(alarm_json(change.alarm, "arn:").dump()), "it is shown as JSON");
  }
}

void check_document(const nlohmann::json& document, ScalarForm form) {
  MetricStore store;
  if (const auto datums = read_put_metric_data(document, form)) {
    for (const MetricDatum& datum : datums.value()) {
      (void)store.put(kNow, datum.metric, datum.unit, datum.at_ms.value_or(kNow), datum.cell);
    }
  }
  if (const auto request = read_get_metric_statistics(document, form, kNow)) {
    check(request.value().range.datapoints() <= kStatisticsDatapointsMax,
          "datapoints have a bound");
  }
  if (const auto request = read_get_metric_data(document, form)) {
    (void)get_metric_data(store, kNow, request.value());
  }
  if (const auto query = read_list_metrics(document, form)) {
    (void)list_metrics(store, kNow, query.value());
  }
  if (const auto config = read_put_metric_alarm(document, form)) check_alarm(config.value(), store);
  (void)read_describe_alarms(document, form);
  (void)read_delete_alarms(document, form);
  (void)read_set_alarm_state(document, form);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body = text_of(data, size);
  if (const auto document = read_query_form(body)) {
    check_document(*document, ScalarForm::text);
    // An answer holds only what was read as text before.
    if (is_utf8(body) && body.find('%') == std::string::npos) {
      std::string xml;
      append_query_xml(xml, *document);
    }
  }
  if (const auto document = read_cbor(body)) check_document(*document, ScalarForm::typed);
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (!document.is_discarded()) check_document(document, ScalarForm::typed);
  (void)read_alarm_file(body);
  const std::map<std::string, MathSeries> known = {
      {"m1", {{{0, 1}, {kMinuteMs, 2}}, 0, 4 * kMinuteMs, kMinuteMs}}};
  (void)evaluate_math(body, known);
  return 0;
}
