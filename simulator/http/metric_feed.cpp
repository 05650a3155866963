#include "simulator/http/metric_feed.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/text.h"

namespace edgehose {
namespace {

// `DeliveryStreamName` -> `delivery_stream_name`, `PutRecord.Bytes` -> `put_record_bytes`.
void append_snake(std::string& out, std::string_view name) {
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_alnum(c)) {
      if (!out.ends_with('_')) out.push_back('_');
      continue;
    }
    const bool starts_word = is_upper(c) && i > 0 && !is_upper(name[i - 1]);
    if (starts_word && !out.ends_with('_')) out.push_back('_');
    out.push_back(to_lower(c));
  }
}

void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
}

void append_double(std::string& out, double value) {
  std::array<char, 32> text{};
  const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), code == std::errc() ? static_cast<size_t>(end - text.data()) : 0);
}

std::string labels_of(const Dimensions& dimensions) {
  std::string labels;
  for (const auto& [name, value] : dimensions) {
    labels += labels.empty() ? "{" : ",";
    append_snake(labels, name);
    labels += "=\"";
    append_label_value(labels, value);
    labels += '"';
  }
  return labels.empty() ? labels : labels + "}";
}

// All lines of one metric stand together, behind its HELP and TYPE.
struct Family {
  std::string_view type;
  std::string help;
  std::string lines;
};

void add_line(std::map<std::string, Family>& families, const std::string& name,
              const MetricSample& sample, double value) {
  Family& family = families[name];
  family.type = sample.kind == MetricSample::Kind::gauge ? "gauge" : "counter";
  family.help = sample.metric.space + " " + sample.metric.name + ", in ";
  family.help.append(sample.unit);
  family.lines += name + labels_of(sample.metric.dimensions) + " ";
  append_double(family.lines, value);
  family.lines += '\n';
}

// By how much a counter grew; one that is smaller began anew.
double grown(double now, double before) { return now < before ? now : now - before; }

}  // namespace

void MetricFeed::sample(int64_t now_ms, MetricStore& store) {
  if (minute_ms_ == INT64_MIN) minute_ms_ = minute_of(now_ms);
  const bool is_over = minute_of(now_ms) > minute_ms_;
  ++round_;
  for (MetricSource* source : sources_) {
    source->sample(now_ms,
                   [&](const MetricSample& sample) { put(now_ms, sample, is_over, store); });
  }
  // What no source has any more is forgotten.
  std::erase_if(bases_, [this](const auto& base) { return base.second.round != round_; });
  if (is_over) minute_ms_ = minute_of(now_ms);
}

void MetricFeed::put(int64_t now_ms, const MetricSample& sample, bool is_over, MetricStore& store) {
  Base& base = bases_[sample.metric];
  base.round = round_;
  MetricCell cell;
  switch (sample.kind) {
    case MetricSample::Kind::gauge:
      cell.add(sample.value, 1);
      break;
    case MetricSample::Kind::counter: {
      const double difference = grown(sample.value, base.value);
      if (difference > 0 || sample.has_zeros) cell.add(difference, 1);
      break;
    }
    case MetricSample::Kind::share: {
      const double such = grown(sample.value, base.value);
      const double all = std::max(such, grown(sample.total, base.total));
      if (such > 0) cell.add(1, such);
      if (all > such) cell.add(0, all - such);
      break;
    }
    case MetricSample::Kind::mean: {
      const double count = grown(sample.total, base.total);
      if (count > 0) cell.add(grown(sample.value, base.value) / count, count);
      break;
    }
  }
  (void)store.replace(now_ms, sample.metric, find_metric_unit(sample.unit).value_or(0), minute_ms_,
                      cell);
  if (!is_over) return;
  base.value = sample.value;
  base.total = sample.total;
}

std::string MetricFeed::prometheus_text(int64_t now_ms) const {
  std::map<std::string, Family> families;
  const auto take = [&families](const MetricSample& sample) {
    const std::string name = prometheus_name(sample.metric.space, sample.metric.name);
    switch (sample.kind) {
      case MetricSample::Kind::gauge:
        return add_line(families, name, sample, sample.value);
      case MetricSample::Kind::counter:
        return add_line(families, name + "_total", sample, sample.value);
      case MetricSample::Kind::share:
        add_line(families, name + "_total", sample, sample.value);
        return add_line(families, name + "_of_total", sample, sample.total);
      case MetricSample::Kind::mean:
        add_line(families, name + "_sum", sample, sample.value);
        return add_line(families, name + "_count", sample, sample.total);
    }
  };
  for (MetricSource* source : sources_) source->sample(now_ms, take);
  std::string text;
  for (const auto& [name, family] : families) {
    text.append("# HELP ").append(name).append(" ").append(family.help);
    text.append("\n# TYPE ").append(name).append(" ").append(family.type).append("\n");
    text.append(family.lines);
  }
  return text;
}

std::string prometheus_name(std::string_view space, std::string_view metric) {
  std::string name = "edgehose_";
  const size_t slash = space.find('/');
  append_snake(name, slash == std::string_view::npos ? space : space.substr(slash + 1));
  name += '_';
  append_snake(name, metric);
  return name;
}

}  // namespace edgehose
