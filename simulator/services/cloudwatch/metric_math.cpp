#include "simulator/services/cloudwatch/metric_math.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "shared/base/text.h"

namespace edgehose {
namespace {

// Points that a request may touch, in all of its series and expressions. AWS bounds only pages; a
// machine has this bound too.
constexpr uint64_t kStepsMax = 4'000'000;
constexpr int kDepthMax = 48;
constexpr std::string_view kTooMuch =
    "The request touches more datapoints than this simulator reads at once: ask for fewer metrics, "
    "a shorter time or a longer period.";

AwsError invalid(std::string message) { return {"ValidationError", std::move(message)}; }

// Takes steps off a bound.
class Budget {
 public:
  bool take(uint64_t steps) {
    if (steps > left_) return false;
    left_ -= steps;
    return true;
  }

 private:
  uint64_t left_ = kStepsMax;
};

struct Value {
  enum class Kind : uint8_t { number, series, list };
  Kind kind = Kind::number;
  double number = 0;
  MathSeries series = {};
  std::vector<MathSeries> list = {};
};

Value of_number(double number) { return {.kind = Value::Kind::number, .number = number}; }
Value of_series(MathSeries series) {
  return {.kind = Value::Kind::series, .series = std::move(series)};
}

bool is_word(char c) { return is_alnum(c) || c == '_'; }

// Division by zero gives no point.
std::optional<double> apply(char sign, double left, double right) {
  switch (sign) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      if (right == 0) return std::nullopt;
      return left / right;
  }
}

enum class Fold : uint8_t { sum, average, minimum, maximum };

std::optional<Fold> find_fold(std::string_view name) {
  if (name == "SUM") return Fold::sum;
  if (name == "AVG") return Fold::average;
  if (name == "MIN") return Fold::minimum;
  if (name == "MAX") return Fold::maximum;
  return std::nullopt;
}

double folded(Fold fold, const std::vector<double>& values) {
  switch (fold) {
    case Fold::minimum:
      return *std::min_element(values.begin(), values.end());
    case Fold::maximum:
      return *std::max_element(values.begin(), values.end());
    default:
      break;
  }
  double sum = 0;
  for (const double value : values) sum += value;
  return fold == Fold::sum ? sum : sum / static_cast<double>(values.size());
}

// Reads and works out in one pass; after a fault every call ends at once.
class Calculator {
 public:
  Calculator(std::string_view text, const std::map<std::string, MathSeries>& known, Budget& budget)
      : text_(text), known_(known), budget_(budget) {}

  Outcome<MathSeries> run() {
    Value value = sum();
    if (fault_.empty() && peek() != '\0') fail("Invalid syntax");
    if (fault_.empty() && value.kind != Value::Kind::series) {
      fail("The expression gives no time series");
    }
    if (!fault_.empty()) return invalid(fault_);
    return std::move(value.series);
  }

 private:
  void fail(std::string_view what) {
    if (fault_.empty()) fault_ = what;
    text_ = {};
  }

  char peek() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\t' || text_[0] == '\n')) {
      text_.remove_prefix(1);
    }
    return text_.empty() ? '\0' : text_[0];
  }
  bool take(char c) {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail("Invalid syntax");
  }
  std::string word() {
    (void)peek();
    size_t length = 0;
    while (length < text_.size() && is_word(text_[length])) ++length;
    std::string found(text_.substr(0, length));
    text_.remove_prefix(length);
    return found;
  }

  Value sum() {
    if (++depth_ > kDepthMax) fail("It is nested too deeply");
    Value left = product();
    for (char sign = peek(); sign == '+' || sign == '-'; sign = peek()) {
      text_.remove_prefix(1);
      left = combine(sign, left, product());
    }
    --depth_;
    return left;
  }

  Value product() {
    Value left = term();
    for (char sign = peek(); sign == '*' || sign == '/'; sign = peek()) {
      text_.remove_prefix(1);
      left = combine(sign, left, term());
    }
    return left;
  }

  Value term() {
    bool is_negative = false;
    while (take('-')) is_negative = !is_negative;
    Value value = unsigned_term();
    return is_negative ? combine('-', of_number(0), value) : value;
  }

  Value unsigned_term() {
    const char first = peek();
    if (first == '(') {
      text_.remove_prefix(1);
      Value inner = sum();
      expect(')');
      return inner;
    }
    if (first == '[') return list();
    if (is_digit(first) || first == '.') return number();
    const std::string name = word();
    if (name.empty()) {
      fail("Invalid syntax");
      return {};
    }
    if (peek() == '(') return call(name);
    const auto found = known_.find(name);
    if (found == known_.end()) {
      fail("There is no metric or expression with the id " + name);
      return {};
    }
    if (!budget_.take(found->second.points.size() + 1)) fail(kTooMuch);
    return of_series(found->second);
  }

  Value number() {
    double value = 0;
    double scale = 0;
    size_t digits = 0;
    while (!text_.empty() && (is_digit(text_[0]) || (text_[0] == '.' && scale == 0))) {
      if (text_[0] == '.') {
        scale = 1;
      } else {
        value = value * 10 + (text_[0] - '0');
        if (scale > 0) scale *= 10;
        ++digits;
      }
      text_.remove_prefix(1);
    }
    if (digits == 0 || digits > 30 || (!text_.empty() && is_word(text_[0]))) fail("Invalid syntax");
    return of_number(scale > 0 ? value / scale : value);
  }

  Value list() {
    expect('[');
    Value all{.kind = Value::Kind::list};
    do {
      Value item = sum();
      if (!fault_.empty()) return all;
      if (item.kind != Value::Kind::series) fail("A list holds time series");
      all.list.push_back(std::move(item.series));
    } while (take(','));
    expect(']');
    return all;
  }

  Value call(const std::string& name) {
    expect('(');
    if (name == "FILL") return fill();
    const auto fold = find_fold(name);
    if (!fold) {
      fail("The function " + name +
           " is not modelled; there are SUM, AVG, MIN, MAX and FILL, and + - * /");
      return {};
    }
    Value of = sum();
    expect(')');
    if (!fault_.empty()) return {};
    if (of.kind == Value::Kind::list) return across(*fold, of.list);
    if (of.kind != Value::Kind::series) {
      fail(name + " takes a time series or a list of them");
      return {};
    }
    // Over the time of one series: a number.
    std::vector<double> values;
    values.reserve(of.series.points.size());
    for (const auto& [time, value] : of.series.points) values.push_back(value);
    return of_number(values.empty() ? 0 : folded(*fold, values));
  }

  static Value across(Fold fold, const std::vector<MathSeries>& list) {
    std::map<int64_t, std::vector<double>> columns;
    for (const MathSeries& series : list) {
      for (const auto& [time, value] : series.points) columns[time].push_back(value);
    }
    MathSeries result = list.front();
    result.points.clear();
    for (const auto& [time, values] : columns) result.points[time] = folded(fold, values);
    return of_series(std::move(result));
  }

  Value fill() {
    Value of = sum();
    expect(',');
    const bool is_word_next = is_alpha(peek());
    const std::string how = is_word_next ? word() : "";
    const Value with = is_word_next ? Value{} : term();
    expect(')');
    if (fault_.empty() && (of.kind != Value::Kind::series || with.kind != Value::Kind::number)) {
      fail("FILL takes a time series, and a number or REPEAT");
    }
    if (is_word_next && how != "REPEAT") fail("FILL with " + how + " is not modelled");
    const MetricRange range{of.series.start_ms, of.series.end_ms, of.series.period_ms};
    if (fault_.empty() && !budget_.take(range.datapoints())) fail(kTooMuch);
    if (!fault_.empty()) return {};
    std::optional<double> last;
    for (int64_t at = range.start_ms; at < range.end_ms; at += range.period_ms) {
      const auto found = of.series.points.find(at);
      if (found != of.series.points.end()) {
        last = found->second;
      } else if (!is_word_next) {
        of.series.points[at] = with.number;
      } else if (last) {
        of.series.points[at] = *last;
      }
    }
    return of;
  }

  Value combine(char sign, const Value& left, const Value& right) {
    using Kind = Value::Kind;
    if (!fault_.empty()) return {};
    if (left.kind == Kind::list || right.kind == Kind::list) {
      fail("A list stands only in SUM, AVG, MIN and MAX");
      return {};
    }
    if (left.kind == Kind::number && right.kind == Kind::number) {
      const auto value = apply(sign, left.number, right.number);
      if (!value) fail("It divides by zero");
      return of_number(value.value_or(0));
    }
    MathSeries result = left.kind == Kind::series ? left.series : right.series;
    if (!budget_.take(result.points.size() + 1)) {
      fail(kTooMuch);
      return {};
    }
    // A point where both have one.
    for (auto at = result.points.begin(); at != result.points.end();) {
      const auto from = [time = at->first](const Value& value) -> std::optional<double> {
        if (value.kind == Kind::number) return value.number;
        const auto found = value.series.points.find(time);
        if (found == value.series.points.end()) return std::nullopt;
        return found->second;
      };
      const auto a = from(left);
      const auto b = from(right);
      const auto value = a && b ? apply(sign, *a, *b) : std::nullopt;
      if (value) at->second = *value;
      at = value ? std::next(at) : result.points.erase(at);
    }
    return of_series(std::move(result));
  }

  std::string_view text_;
  const std::map<std::string, MathSeries>& known_;
  Budget& budget_;
  int depth_ = 0;
  std::string fault_;
};

// The ids that an expression names, as far as they are among `ids`.
bool waits_for(std::string_view expression, const std::set<std::string>& ids) {
  size_t at = 0;
  while (at < expression.size()) {
    size_t length = 0;
    while (at + length < expression.size() && is_word(expression[at + length])) ++length;
    if (length > 0 && ids.contains(std::string(expression.substr(at, length)))) return true;
    at += std::max<size_t>(length, 1);
  }
  return false;
}

Outcome<MathSeries> read_series(const MetricStore& store, const MetricQuery& query,
                                const MetricRange& range, Budget& budget) {
  MathSeries series{{}, range.start_ms, range.end_ms, range.period_ms};
  const MetricByUnit* metric = store.find(query.metric);
  if (metric == nullptr) return series;
  const auto periods = periods_of(*metric, query.unit, range);
  uint64_t minutes = 0;
  for (const auto& [unit, of_unit] : *metric) minutes += of_unit.size();
  if (!budget.take(minutes)) return invalid(std::string(kTooMuch));
  for (const MetricPeriod& period : periods) {
    const auto value = value_of(period.cell, query.statistic);
    if (value) series.points[period.start_ms] = *value;
  }
  return series;
}

// Every expression whose ids are known, again and again until none is left.
std::optional<AwsError> evaluate_all(const MetricDataRequest& request,
                                     std::map<std::string, MathSeries>& known, Budget& budget) {
  std::set<std::string> waiting;
  for (const MetricQuery& query : request.queries) {
    if (!query.expression.empty()) waiting.insert(query.id);
  }
  while (!waiting.empty()) {
    const size_t before = waiting.size();
    for (const MetricQuery& query : request.queries) {
      if (!waiting.contains(query.id) || waits_for(query.expression, waiting)) continue;
      auto series = Calculator(query.expression, known, budget).run();
      if (!series) {
        return invalid("Error in expression '" + query.id + "': " + series.error().message);
      }
      known[query.id] = std::move(series.value());
      waiting.erase(query.id);
    }
    if (waiting.size() == before) {
      return invalid("Error in expression '" + *waiting.begin() + "': it refers to itself");
    }
  }
  return std::nullopt;
}

std::string label_of(const MetricQuery& query) {
  if (!query.label.empty()) return query.label;
  return query.expression.empty() ? query.metric.name : query.id;
}

// The part of a page that falls into one result.
MetricDataResult cut(const MetricQuery& query, const MathSeries& series, bool is_ascending,
                     uint64_t& skip, uint64_t& room) {
  MetricDataResult result{query.id, label_of(query)};
  const auto take = [&](const auto& point) {
    if (skip > 0) {
      --skip;
    } else if (room > 0) {
      --room;
      result.times_ms.push_back(point.first);
      result.values.push_back(point.second);
    } else {
      result.is_complete = false;
    }
  };
  if (is_ascending) {
    std::for_each(series.points.begin(), series.points.end(), take);
  } else {
    std::for_each(series.points.rbegin(), series.points.rend(), take);
  }
  return result;
}

}  // namespace

Outcome<MathSeries> evaluate_math(const std::string& expression,
                                  const std::map<std::string, MathSeries>& known) {
  Budget budget;
  return Calculator(expression, known, budget).run();
}

Outcome<MetricDataPage> get_metric_data(const MetricStore& store, int64_t now_ms,
                                        const MetricDataRequest& request) {
  const auto skip = request.token.empty() ? 0 : read_token(request.token);
  if (!skip) {
    return AwsError{"InvalidNextToken", "The value of NextToken is not one that was given."};
  }
  Budget budget;
  std::map<std::string, MathSeries> known;
  for (const MetricQuery& query : request.queries) {
    if (!query.expression.empty()) continue;
    auto series = read_series(
        store, query, {rounded_start_ms(now_ms, request.start_ms), request.end_ms, query.period_ms},
        budget);
    if (!series) return series.error();
    known[query.id] = std::move(series.value());
  }
  if (auto error = evaluate_all(request, known, budget)) return std::move(*error);

  MetricDataPage page;
  uint64_t to_skip = *skip;
  uint64_t room = request.datapoints_max;
  for (const MetricQuery& query : request.queries) {
    if (!query.is_returned) continue;
    page.results.push_back(cut(query, known[query.id], request.is_ascending, to_skip, room));
  }
  const bool is_complete = std::all_of(page.results.begin(), page.results.end(),
                                       [](const auto& result) { return result.is_complete; });
  if (!is_complete) page.token = std::to_string(*skip + request.datapoints_max);
  return page;
}

}  // namespace edgehose
