#include "simulator/services/cloudwatch/alarm.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;
const uint8_t kCount = *find_metric_unit("Count");

AlarmConfig config(MissingData missing = MissingData::missing) {
  return {.name = "a",
          .metric = {"N", "m", {}},
          .statistic = *read_statistic("Sum"),
          .evaluation_periods = 3,
          .datapoints_to_alarm = 3,
          .threshold = 1,
          .comparison = AlarmComparison::above,
          .missing = missing};
}

// 0 does not breach, X does, - is missing.
std::vector<std::optional<double>> periods(const std::string& text) {
  std::vector<std::optional<double>> values;
  for (const char c : text) {
    values.push_back(c == '-' ? std::nullopt : std::optional<double>(c == 'X' ? 5 : 0));
  }
  return values;
}

std::string letter(AlarmState state) {
  return state == AlarmState::ok ? "o" : state == AlarmState::alarm ? "A" : "i";
}

}  // namespace

TEST_CASE("alarm: missing data is judged as AWS's table says") {
  // The table of AWS's guide, three of three: what missing, ignore, breaching and notBreaching make
  // of it; `=` keeps the state.
  const std::pair<const char*, const char*> kTable[] = {
      {"0-X-X", "oooo"}, {"0----", "oooo"}, {"-----", "i=Ao"}, {"0XX-X", "AAAA"}, {"--X--", "A=Ao"},
  };
  for (const auto& [data, expected] : kTable) {
    for (const AlarmState now : {AlarmState::ok, AlarmState::alarm}) {
      std::string got;
      for (const MissingData missing : {MissingData::missing, MissingData::ignore,
                                        MissingData::breaching, MissingData::not_breaching}) {
        got += letter(judge_alarm(config(missing), now, periods(data)).state);
      }
      std::string wanted = expected;
      std::replace(wanted.begin(), wanted.end(), '=', letter(now)[0]);
      INFO(data);
      REQUIRE(got == wanted);
    }
  }
}

TEST_CASE("alarm: some of the last periods are enough where the alarm says so") {
  AlarmConfig two_of_three = config();
  two_of_three.datapoints_to_alarm = 2;
  const auto state = [&two_of_three](const char* data) {
    return judge_alarm(two_of_three, AlarmState::ok, periods(data)).state;
  };
  REQUIRE(state("00X0X") == AlarmState::alarm);
  REQUIRE(state("XX00X") == AlarmState::ok);
  REQUIRE(state("-0-X-") == AlarmState::ok);
  REQUIRE(state("----X") == AlarmState::ok);
}

TEST_CASE("alarm: each comparison has its own side of the threshold") {
  AlarmConfig one = config();
  one.evaluation_periods = one.datapoints_to_alarm = 1;
  const auto state = [&one](AlarmComparison comparison, double value) {
    one.comparison = comparison;
    return letter(judge_alarm(one, AlarmState::ok, {value}).state);
  };
  const auto row = [&](AlarmComparison comparison) {
    return state(comparison, 0) + state(comparison, 1) + state(comparison, 2);
  };
  REQUIRE(row(AlarmComparison::above) == "ooA");
  REQUIRE(row(AlarmComparison::at_least) == "oAA");
  REQUIRE(row(AlarmComparison::below) == "Aoo");
  REQUIRE(row(AlarmComparison::at_most) == "AAo");
}

TEST_CASE("alarm: it goes through its states as data comes, each change told once") {
  MetricStore store;
  AlarmSet alarms;
  AlarmConfig made = config();
  made.evaluation_periods = made.datapoints_to_alarm = 2;
  REQUIRE_FALSE(alarms.put(kNow, made));
  REQUIRE(alarms.alarms().at("a").reason == "Unchecked: Initial alarm creation");
  REQUIRE(alarms.evaluate(kNow, store).empty());

  const std::vector<std::pair<double, const char*>> minutes = {
      {0, "o"}, {5, "o"}, {7, "A"}, {9, "A"}, {1, "o"}};
  int64_t now_ms = kNow;
  size_t changes = 0;
  for (const auto& [value, expected] : minutes) {
    REQUIRE(store.put(now_ms, made.metric, kCount, value) == PutOutcome::stored);
    now_ms += kMinuteMs;
    const auto changed = alarms.evaluate(now_ms, store);
    changes += changed.size();
    REQUIRE(letter(alarms.alarms().at("a").state) == expected);
    if (!changed.empty() && changed[0].alarm.state == AlarmState::alarm) {
      REQUIRE(changed[0].from == AlarmState::ok);
      REQUIRE(changed[0].alarm.value == 7);
      REQUIRE(changed[0].alarm.reason ==
              "Threshold Crossed: 2 out of the last 2 datapoints [7.0, 5.0] were greater than the "
              "threshold (1.0).");
    }
  }
  REQUIRE(changes == 3);
  now_ms += 10 * kMinuteMs;
  const auto dark = alarms.evaluate(now_ms, store);
  REQUIRE(dark.size() == 1);
  REQUIRE(dark[0].alarm.state == AlarmState::insufficient_data);
  REQUIRE(dark[0].alarm.reason == "Insufficient Data: 2 datapoints were unknown.");
}

TEST_CASE("alarm: the minute that runs is not looked at") {
  MetricStore store;
  AlarmSet alarms;
  AlarmConfig one = config();
  one.evaluation_periods = one.datapoints_to_alarm = 1;
  REQUIRE_FALSE(alarms.put(kNow, one));
  REQUIRE(store.put(kNow, one.metric, kCount, 9) == PutOutcome::stored);
  REQUIRE(alarms.evaluate(kNow + 59'999, store).empty());
  REQUIRE(alarms.evaluate(kNow + 60'000, store).size() == 1);
}

TEST_CASE("alarm: a state can be set, and the next evaluation says what it is") {
  MetricStore store;
  AlarmSet alarms;
  REQUIRE_FALSE(alarms.put(kNow, config()));
  const auto set = alarms.set_state(kNow, "a", AlarmState::alarm, "a try");
  REQUIRE(set.value().size() == 1);
  REQUIRE(alarms.alarms().at("a").reason == "a try");
  REQUIRE(alarms.set_state(kNow, "a", AlarmState::alarm, "again").value().empty());
  REQUIRE(alarms.evaluate(kNow, store).size() == 1);
  REQUIRE(alarms.set_state(kNow, "b", AlarmState::ok, "").error().code == "ResourceNotFound");
}

TEST_CASE("alarm: a change keeps the state, and alarms are erased all or none") {
  AlarmSet alarms;
  REQUIRE_FALSE(alarms.put(kNow, config()));
  REQUIRE(alarms.set_state(kNow, "a", AlarmState::ok, "").value().size() == 1);
  AlarmConfig changed = config();
  changed.threshold = 9;
  REQUIRE_FALSE(alarms.put(kNow + 1, changed));
  REQUIRE(alarms.alarms().at("a").state == AlarmState::ok);
  REQUIRE(alarms.alarms().at("a").config.threshold == 9);
  REQUIRE(alarms.erase({"a", "b"})->code == "ResourceNotFound");
  REQUIRE(alarms.alarms().size() == 1);
  REQUIRE_FALSE(alarms.erase({"a"}));
  REQUIRE(alarms.alarms().empty());
}

TEST_CASE("alarm: there are five thousand at most") {
  AlarmSet alarms;
  AlarmConfig made = config();
  for (size_t i = 0; i < kAlarmsMax; ++i) {
    made.name = std::to_string(i);
    REQUIRE_FALSE(alarms.put(kNow, made));
  }
  REQUIRE_FALSE(alarms.put(kNow, made));
  made.name = "one more";
  REQUIRE(alarms.put(kNow, made)->code == "LimitExceeded");
}

TEST_CASE("alarm: a description has filters and pages") {
  AlarmSet alarms;
  for (const char* name : {"p1", "p2", "p3", "q"}) {
    AlarmConfig made = config();
    made.name = name;
    made.alarm_actions = {std::string("arn:") + name};
    REQUIRE_FALSE(alarms.put(kNow, made));
  }
  REQUIRE(alarms.set_state(kNow, "p2", AlarmState::ok, "").value().size() == 1);
  const auto names = [&alarms](const DescribeAlarmsQuery& query) {
    std::string next;
    std::string all;
    for (const Alarm* alarm : alarms.describe(query, next)) all += alarm->config.name + " ";
    return all + next;
  };
  REQUIRE(names({}) == "p1 p2 p3 q ");
  REQUIRE(names({.names = {"q", "p1", "x"}}) == "p1 q ");
  REQUIRE(names({.prefix = "p", .limit = 2}) == "p1 p2 p2");
  REQUIRE(names({.prefix = "p", .limit = 2, .after = "p2"}) == "p3 ");
  REQUIRE(names({.state = AlarmState::ok}) == "p2 ");
  REQUIRE(names({.action_prefix = "arn:q"}) == "q ");
}
