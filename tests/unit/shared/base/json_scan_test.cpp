#include "shared/base/json_scan.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/text.h"

using namespace edgehose;
using nlohmann::json;

namespace {

constexpr uint32_t kDepth = 64;

// The text is one whole value with nothing but blanks around it.
bool scans(std::string_view text, uint32_t depth_max = kDepth) {
  JsonScanner in(text, depth_max);
  return !in.take_value().empty() && in.peek() == '\0' && in.at() == text.size();
}

JsonFault fault_of(std::string_view text, uint32_t depth_max = kDepth) {
  JsonScanner in(text, depth_max);
  (void)in.take_value();
  return in.fault();
}

std::string compact(std::string_view raw) {
  std::string out;
  json_append_compact(out, raw);
  return out;
}

std::string decoded(std::string_view raw) {
  std::string out;
  json_append_decoded(out, raw);
  return out;
}

size_t pick(std::mt19937_64& random, size_t count) { return random() % count; }

std::string random_string(std::mt19937_64& random) {
  static const std::vector<std::string> pieces = {"a",
                                                  "Z",
                                                  "0",
                                                  " ",
                                                  "\\n",
                                                  "\\\"",
                                                  "\\\\",
                                                  "\\/",
                                                  "\\u0041",
                                                  "\\ud83d\\ude00",
                                                  "\\u00e9",
                                                  ",",
                                                  "\xc3\xa9",
                                                  "\xe3\x81\x82",
                                                  "\xf0\x9f\x98\x80",
                                                  "{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ":",
                                                  "\x7f",
                                                  "\\b\\f\\r\\t"};
  std::string text = "\"";
  for (size_t i = pick(random, 6); i > 0; --i) text += pieces[pick(random, pieces.size())];
  return text + "\"";
}

std::string random_blanks(std::mt19937_64& random) {
  static const std::vector<std::string> blanks = {"", "", "", " ", "\n", "\t\r", "  "};
  return blanks[pick(random, blanks.size())];
}

std::string random_value(std::mt19937_64& random, int depth) {
  static const std::vector<std::string> plain = {"0",
                                                 "-0",
                                                 "1",
                                                 "-12",
                                                 "3.25",
                                                 "1e3",
                                                 "1E-2",
                                                 "-0.5e+10",
                                                 "123456789012345678901234567890",
                                                 "true",
                                                 "false",
                                                 "null",
                                                 "\"\"",
                                                 "[]",
                                                 "{}",
                                                 "1.7976931348623157e308",
                                                 "5e-324",
                                                 "1e-400"};
  const auto wrap = [&](const std::string& text) {
    return random_blanks(random) + text + random_blanks(random);
  };
  const size_t kind = pick(random, depth > 0 ? 6 : 3);
  if (kind < 2) return wrap(plain[pick(random, plain.size())]);
  if (kind == 2) return wrap(random_string(random));
  const bool is_object = kind == 3;
  std::string text = is_object ? "{" : "[";
  const size_t count = pick(random, 4);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += ",";
    if (is_object) text += wrap(random_string(random)) + ":";
    text += random_value(random, depth - 1);
  }
  if (count == 0) text += random_blanks(random);
  return wrap(text + (is_object ? "}" : "]"));
}

std::string mutated(std::mt19937_64& random, std::string text) {
  static constexpr char kBytes[] =
      "\"\\{}[],:0123456789.eE+-truefalsn u\x00\x1f\x80\xc3\xed\xff\t\n/";
  static const std::string bytes(kBytes, sizeof kBytes - 1);
  for (size_t i = 1 + pick(random, 3); i > 0; --i) {
    if (text.empty()) return text;
    const size_t at = pick(random, text.size());
    switch (pick(random, 4)) {
      case 0:
        text[at] = bytes[pick(random, bytes.size())];
        break;
      case 1:
        text.insert(at, 1, bytes[pick(random, bytes.size())]);
        break;
      case 2:
        text.erase(at, 1 + pick(random, 3));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

// The readers differ on purpose: nlohmann steps over a byte order mark, takes a zero byte for the
// end, and refuses lone surrogates, which JSON's grammar (RFC 8259, section 8.2) allows.
bool has_lone_surrogate(std::string_view text) {
  for (size_t i = 0; i + 6 <= text.size(); ++i) {
    if (text[i] == '\\' && text[i + 1] == '\\') {
      ++i;
    } else if (text[i] == '\\' && text[i + 1] == 'u' &&
               (text[i + 2] == 'd' || text[i + 2] == 'D') && hex_value(text[i + 3]) >= 8) {
      const bool is_high = hex_value(text[i + 3]) < 12;
      const bool paired = is_high && i + 12 <= text.size() && text[i + 6] == '\\' &&
                          text[i + 7] == 'u' && (text[i + 8] == 'd' || text[i + 8] == 'D') &&
                          hex_value(text[i + 9]) >= 12;
      if (!paired) return true;
      i += 11;
    }
  }
  return false;
}

bool nlohmann_accepts(const std::string& text) {
  if (text.starts_with("\xef\xbb\xbf") || text.find('\0') != std::string::npos) return false;
  return json::accept(text);
}

}  // namespace

TEST_CASE("json_scan: accepts and refuses what nlohmann does, over generated and mutated text") {
  std::mt19937_64 random(7);
  size_t accepted = 0;
  size_t refused = 0;
  for (int i = 0; i < 150'000; ++i) {
    std::string text = random_value(random, 4);
    if (i % 3 != 0) text = mutated(random, text);
    if (has_lone_surrogate(text)) continue;
    const bool ours = scans(text);
    if (ours != nlohmann_accepts(text)) FAIL("seed 7, round " << i << ": " << text);
    (ours ? accepted : refused) += 1;
  }
  CHECK(accepted > 50'000);
  CHECK(refused > 30'000);
}

// Long strings are stepped through widely: each byte at each place of such a step.
TEST_CASE("json_scan: a long value is taken, or refused, exactly as any value is") {
  std::mt19937_64 random(11);
  const std::string plain(200, 'p');
  for (size_t at = 0; at < plain.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = " \"" + plain + "\" ,";
      text[2 + at] = static_cast<char>(byte);
      if (byte % 5 == 0) text.resize(2 + at + random() % 20);
      JsonScanner whole(text, kDepth);
      JsonScanner wide(text, kDepth);
      const bool is_same = whole.take_value() == wide.take_long_value() &&
                           whole.at() == wide.at() && whole.fault() == wide.fault() &&
                           whole.taken_escaped() == wide.taken_escaped();
      if (!is_same) FAIL("byte " << byte << " at " << at);
    }
  }
  for (const std::string text : {"1", "{\"a\":[]}", "nul", "", "\"", "\"short\""}) {
    JsonScanner whole(text, kDepth);
    JsonScanner wide(text, kDepth);
    CHECK(whole.take_value() == wide.take_long_value());
    CHECK(whole.fault() == wide.fault());
  }
}

TEST_CASE("json_scan: text cut at each byte is refused, and as truncated where a byte is missing") {
  std::mt19937_64 random(8);
  for (int i = 0; i < 300; ++i) {
    const std::string text = "[" + random_value(random, 4) + "]";
    for (size_t cut = 0; cut < text.size(); ++cut) {
      const std::string part = text.substr(0, cut);
      REQUIRE_FALSE(scans(part));
      JsonScanner in(part);
      (void)in.take_value();
      REQUIRE(in.at() <= part.size());
    }
  }
  for (const std::string text : {"{\"a\":[1,\"b\\u00e9\",true,null,-1.5e3]}"}) {
    for (size_t cut = 0; cut < text.size(); ++cut) {
      const JsonFault fault = fault_of(text.substr(0, cut));
      CAPTURE(cut);
      // Only in the middle of \uXXXX is the last byte itself what cannot stand there.
      CHECK((fault == JsonFault::truncated || fault == JsonFault::bad_escape));
    }
  }
}

TEST_CASE("json_scan: texts inside the border of the grammar are taken") {
  const std::vector<std::string> good = {"0",
                                         "-0",
                                         "-0.0e-0",
                                         "1E+2",
                                         "\"\"",
                                         "\"\x7f\"",
                                         "\"\\u0000\"",
                                         "[[],{}]",
                                         " 1 ",
                                         "\t[\n]\r",
                                         "\"\\ud800\"",
                                         "\"\\udc00x\"",
                                         "\"\xed\x9f\xbf\"",
                                         "\"\xf4\x8f\xbf\xbf\"",
                                         "{\"\":0}",
                                         "{\"a\":1,\"a\":2}",
                                         "1e308",
                                         "-1.7976931348623157e308",
                                         "1e-999999999999999999999",
                                         "0e999999999999",
                                         "0.00000e400",
                                         "17976931348623157" + std::string(292, '9'),
                                         "0." + std::string(400, '0') + "1e700"};
  for (const std::string& text : good) {
    CAPTURE(text);
    CHECK(scans(text));
  }
}

TEST_CASE("json_scan: texts outside the border of the grammar are refused") {
  const std::vector<std::string> bad = {"",
                                        " ",
                                        "01",
                                        "-",
                                        "-01",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "1e",
                                        "1e+",
                                        "0x1",
                                        "NaN",
                                        "Infinity",
                                        "tru",
                                        "True",
                                        "nul",
                                        "'a'",
                                        "\"",
                                        "\"\\\"",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u12g4\"",
                                        "\"\n\"",
                                        "\"\x1f\"",
                                        std::string("\"\0\"", 3),
                                        std::string("1\0", 2),
                                        "\"\x80\"",
                                        "\"\xc0\xaf\"",
                                        "\"\xed\xa0\x80\"",
                                        "\"\xf4\x90\x80\x80\"",
                                        "\"\xe3\x81\"",
                                        "[",
                                        "]",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "[1}",
                                        "{",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{,}",
                                        "{a:1}",
                                        "{1:2}",
                                        "{\"a\" 1}",
                                        "1 2",
                                        "\xef\xbb\xbf[]",
                                        "\xa0[]",
                                        "/**/1",
                                        "[1]//",
                                        "truefalse",
                                        "-a",
                                        "1e400",
                                        "-1e400",
                                        "1e309",
                                        "1.7976931348623159e308",
                                        "179769313486231580" + std::string(291, '0'),
                                        "1" + std::string(309, '0'),
                                        "0.001e312",
                                        "1e99999999999999999999",
                                        "123456e304"};
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(scans(text));
  }
}

// Other readers of a line keep numbers as doubles and refuse one that has none: so does the
// scanner.
TEST_CASE("json_scan: a number without a double is refused exactly where nlohmann refuses it") {
  std::mt19937_64 random(9);
  for (int i = 0; i < 20'000; ++i) {
    std::string digits = i % 2 == 0 ? "17976931348623157" : "";
    for (size_t n = pick(random, 6); n > 0 || digits.empty(); n -= n > 0) {
      digits += static_cast<char>('0' + pick(random, 10));
    }
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    const size_t point = 1 + pick(random, digits.size());
    std::string text = digits.substr(0, point);
    if (text.size() > 1 && text[0] == '0') text = "0";
    if (point < digits.size()) text += "." + digits.substr(point);
    const int shift = static_cast<int>(pick(random, 5)) - 2;
    text += "e" + std::to_string(309 - static_cast<int>(point) + shift);
    CAPTURE(text);
    REQUIRE(scans(text) == nlohmann_accepts(text));
  }
}

TEST_CASE("json_scan: a fault is named and its byte pointed at") {
  struct Case {
    std::string text;
    JsonFault fault;
    size_t at;
  };
  const std::vector<Case> cases = {{"{\"a\":\"\x01\"}", JsonFault::control_byte, 6},
                                   {"[\"\xff\"]", JsonFault::bad_utf8, 2},
                                   {"[01]", JsonFault::bad_number, 2},
                                   {"[1.]", JsonFault::bad_number, 3},
                                   {"[\"\\q\"]", JsonFault::bad_escape, 2},
                                   {"[1;2]", JsonFault::unexpected_byte, 2},
                                   {"{\"a\":1", JsonFault::truncated, 6},
                                   {"[1e999]", JsonFault::bad_number, 1},
                                   {"", JsonFault::truncated, 0}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    JsonScanner in(c.text);
    CHECK(in.take_value().empty());
    CHECK(in.fault() == c.fault);
    CHECK(in.at() == c.at);
    CHECK_FALSE(to_text(c.fault).empty());
    // It moves no further.
    CHECK(in.take_value().empty());
    CHECK(in.at() == c.at);
  }
}

TEST_CASE("json_scan: nesting is taken to its bound and no further") {
  for (const char* open : {"[", "{\"a\":"}) {
    for (uint32_t depth : {1U, 2U, 63U, 64U, 65U, 66U, 1000U, 200'000U}) {
      std::string text;
      for (uint32_t i = 0; i < depth; ++i) text += open;
      text += "1";
      for (uint32_t i = 0; i < depth; ++i) text += open[0] == '[' ? "]" : "}";
      CHECK(scans(text) == (depth <= kDepth));
      if (depth > kDepth) CHECK(fault_of(text) == JsonFault::too_deep);
    }
  }
  CHECK(scans("1", 0));
  CHECK_FALSE(scans("[]", 0));
}

TEST_CASE("json_scan: members and elements are walked in order, values taken or entered") {
  JsonScanner in(" { \"a\" : 1 , \"b\\n\":[ true , {\"c\":null} ,[]] } ");
  std::string_view key;
  REQUIRE(in.enter_object());
  REQUIRE(in.next_member(key));
  CHECK(key == "\"a\"");
  CHECK(in.take_value() == "1");
  REQUIRE(in.next_member(key));
  CHECK(key == "\"b\\n\"");
  REQUIRE(in.enter_array());
  CHECK(in.open() == 2);
  REQUIRE(in.next_element());
  CHECK(in.take_value() == "true");
  REQUIRE(in.next_element());
  REQUIRE(in.enter_object());
  REQUIRE(in.next_member(key));
  CHECK(json_kind(in.take_value()) == JsonKind::null);
  CHECK_FALSE(in.next_member(key));
  REQUIRE(in.next_element());
  REQUIRE(in.enter_array());
  CHECK_FALSE(in.next_element());
  CHECK_FALSE(in.next_element());
  CHECK_FALSE(in.next_member(key));
  CHECK(in.ok());
  CHECK(in.open() == 0);
  CHECK(in.peek() == '\0');
}

TEST_CASE("json_scan: a walk stops at a comma too many or too few") {
  for (const std::string text : {"[1,,2]", "[1 2]", "[,1]", "[1,2", "[1:2]"}) {
    CAPTURE(text);
    JsonScanner in(text);
    REQUIRE(in.enter_array());
    while (in.next_element()) (void)in.take_value();
    CHECK_FALSE(in.ok());
  }
  for (const std::string text :
       {"{\"a\":1,}", "{,\"a\":1}", "{\"a\":1 \"b\":2}", "{\"a\",1}", "{1:1}"}) {
    CAPTURE(text);
    JsonScanner in(text);
    std::string_view key;
    REQUIRE(in.enter_object());
    while (in.next_member(key)) (void)in.take_value();
    CHECK_FALSE(in.ok());
  }
}

TEST_CASE("json_scan: after a fault the walk resumes behind the value set aside") {
  const std::string text = "[{\"a\":01},2]";
  JsonScanner in(text);
  REQUIRE(in.enter_array());
  REQUIRE(in.next_element());
  const size_t start = in.at();
  const uint32_t open = in.open();
  CHECK(in.take_value().empty());
  REQUIRE_FALSE(in.ok());
  in.resume(json_extent_end(text, start), open);
  REQUIRE(in.next_element());
  CHECK(in.take_value() == "2");
  CHECK_FALSE(in.next_element());
  CHECK(in.ok());
}

TEST_CASE("json_extent_end: finds a value's end by brackets and quotes alone") {
  struct Case {
    std::string text;
    size_t at;
    size_t end;
  };
  const std::vector<Case> cases = {
      {"{\"a\":01},2", 0, 8},
      {"{\"}\":\"\\\"}\"},2", 0, 11},
      {"[[1,[]],{},tru]x", 0, 15},
      {"\"a\\\"b\",1", 0, 6},
      {"tru,1", 0, 3},
      {"tru]", 0, 3},
      {"tru ]", 0, 3},
      {"tru", 0, 3},
      {"[1,2]", 1, 2},
      {"{\"a\":[1}", 0, 9},
      {"\"abc", 0, 5},
      {"\"abc\\\"", 0, 7},
      {"", 0, 1},
      {"]", 0, 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(json_extent_end(c.text, c.at) == c.end);
  }
}

TEST_CASE("json_extent_end: agrees with the scanner on every valid value") {
  std::mt19937_64 random(10);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_value(random, 4) + ",1]";
    JsonScanner in(text);
    (void)in.peek();
    const size_t start = in.at();
    REQUIRE_FALSE(in.take_value().empty());
    REQUIRE(json_extent_end(text, start) == in.at());
  }
}

TEST_CASE("json_pointer_at: names the place of a byte") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      // `^` marks the byte.
      {"^{\"a\":1}", ""},
      {"{^\"a\":1}", "/a"},
      {"{\"a\":^[1]}", "/a"},
      {"[0,^{}]", "/1"},
      {"{\"a\":^1}", "/a"},
      {"{\"a\":1,\"b\":[5,^6]}", "/b/1"},
      {"{\"a\":[{\"x\":1},{\"y\":^2}]}", "/a/1/y"},
      {"{\"a\":{\"b\":1},\"c\":^2}", "/c"},
      {"{\"a/b\":{\"c~d\":^1}}", "/a~1b/c~0d"},
      {"{\"\\u0061\\n\":^1}", "/a\n"},
      {"[0,[1,2,[^3]]]", "/1/2/0"},
      {"{\"\":^1}", "/"},
      {"{\"a\":\"]}^,\"}", "/a"},
      {"{\"a\":1^x}", "/a"},
      {"{\"a\":1,^}", ""},
      {"{\"\":{\"b\":^1}}", "//b"},
  };
  for (const auto& [marked, pointer] : cases) {
    CAPTURE(marked);
    const size_t offset = marked.find('^');
    std::string text = marked;
    text.erase(offset, 1);
    CHECK(json_pointer_at(text, offset) == pointer);
  }
}

TEST_CASE("json_pointer_at: is bounded and valid UTF-8 whatever the text") {
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "{\"\xe3\x81\x82key\":";
  const std::string pointer = json_pointer_at(deep, deep.size());
  CHECK(pointer.size() <= 256);
  CHECK(pointer.size() > 200);
  CHECK(is_utf8(pointer));
  CHECK(is_utf8(json_pointer_at("{\"a\xff\":\x01}", 6)));

  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = mutated(random, random_value(random, 4));
    const std::string place = json_pointer_at(text, pick(random, text.size() + 2));
    REQUIRE(is_utf8(place));
    REQUIRE(place.size() <= 256);
  }
}

// The pointer of each byte where a value starts leads nlohmann to that very value.
TEST_CASE("json_pointer_at: leads to the value that stands there") {
  std::mt19937_64 random(12);
  size_t checked = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string text =
        "{\"k\":[" + random_value(random, 3) + ",{\"m/n\":" + random_value(random, 2) + "}]}";
    const size_t at = text.find("\"m/n\":") + 6;
    const std::string pointer = json_pointer_at(text, at);
    // Generated strings may hold the marker; those texts say nothing.
    if (text.find("\"m/n\":") != text.rfind("\"m/n\":")) continue;
    REQUIRE(pointer == "/k/1/m~1n");
    REQUIRE(json::parse(text).contains(json::json_pointer(pointer)));
    ++checked;
  }
  CHECK(checked > 4'000);
}

TEST_CASE("json_append_compact: keeps the value and drops the blanks, as nlohmann reads both") {
  std::mt19937_64 random(13);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_value(random, 4);
    const std::string line = compact(text);
    REQUIRE(json::parse(line) == json::parse(text));
    REQUIRE(line.find('\n') == std::string::npos);
    REQUIRE(line.size() <= text.size());
    REQUIRE(compact(line) == line);
  }
}

TEST_CASE("json_append_compact: blanks inside strings stay, lone surrogates become U+FFFD") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{ \"a b\" : \" c \\\" d \" }", "{\"a b\":\" c \\\" d \"}"},
      {"\"\\ud800\"", "\"\\ufffd\""},
      {"\"\\udc00\\ud800\"", "\"\\ufffd\\ufffd\""},
      {"\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\""},
      {"\"\\ud83d\\u0041\"", "\"\\ufffd\\u0041\""},
      {"\"\\ud83d\\ud83d\\ude00\"", "\"\\ufffd\\ud83d\\ude00\""},
      {"\"\\ud83d \"", "\"\\ufffd \""},
      {"\"\\\\ud800\"", "\"\\\\ud800\""},
      {"[\"\\\\\" , \"x\"]", "[\"\\\\\",\"x\"]"},
      {"\"\\uD800\\n\"", "\"\\ufffd\\n\""},
  };
  for (const auto& [raw, line] : cases) {
    CAPTURE(raw);
    CHECK(compact(raw) == line);
    CHECK(json::accept(compact(raw)));
  }
}

TEST_CASE("json_append_decoded: agrees with nlohmann on generated strings") {
  std::mt19937_64 random(14);
  for (int i = 0; i < 50'000; ++i) {
    const std::string raw = random_string(random);
    REQUIRE(decoded(raw) == json::parse(raw).get<std::string>());
  }
  CHECK(decoded("\"\\ud800\"") == "\xef\xbf\xbd");
  CHECK(decoded("\"\\udc00\\u0041\"") ==
        "\xef\xbf\xbd"
        "A");
  CHECK(decoded("\"\\ud800\\ud83d\\ude00\"") == "\xef\xbf\xbd\xf0\x9f\x98\x80");
}

TEST_CASE("json_append_string: any UTF-8 text comes back through nlohmann") {
  std::mt19937_64 random(15);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t n = pick(random, 20); n > 0; --n) {
      const auto code = static_cast<uint32_t>(pick(random, pick(random, 2) == 0 ? 0x80 : 0x110000));
      append_utf8(text, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    }
    std::string line;
    json_append_string(line, text);
    REQUIRE(json::parse(line).get<std::string>() == text);
    REQUIRE(decoded(line) == text);
    REQUIRE(line.find('\n') == std::string::npos);
  }
}

TEST_CASE("json_kind: the first byte announces the kind") {
  CHECK(json_kind("") == JsonKind::none);
  CHECK(json_kind("{}") == JsonKind::object);
  CHECK(json_kind("[]") == JsonKind::array);
  CHECK(json_kind("\"\"") == JsonKind::string);
  CHECK(json_kind("-1") == JsonKind::number);
  CHECK(json_kind("true") == JsonKind::boolean);
  CHECK(json_kind("false") == JsonKind::boolean);
  CHECK(json_kind("null") == JsonKind::null);
}

TEST_CASE(
    "json_scan: a guessed member is taken where next_member() would give it, and nowhere else") {
  constexpr KeyText kGuess("page_url");
  const std::string tail = "                        ";
  const auto follows = [&](const std::string& written) {
    const std::string text = R"({"a":1)" + written + "2}" + tail;
    JsonScanner in(text);
    std::string_view key;
    REQUIRE(in.enter_object());
    REQUIRE_FALSE(in.take_guessed_member(kGuess));  // the first member follows none
    REQUIRE(in.next_member(key));
    REQUIRE(in.take_value() == "1");
    const size_t before = in.at();
    if (!in.take_guessed_member(kGuess)) {
      REQUIRE(in.at() == before);
      return false;
    }
    REQUIRE(in.take_value() == "2");
    REQUIRE_FALSE(in.next_member(key));
    return in.ok();
  };
  CHECK(follows(R"(,"page_url":)"));
  for (const char* other : {R"(,"page_urls":)", R"(,"page_ur":)", R"(,"page_urL":)",
                            R"(, "page_url":)", R"(,"page_url" :)", R"(,"page\u005furl":)"}) {
    INFO(other);
    CHECK_FALSE(follows(other));
  }
  // At the end of the text nothing is read behind it.
  JsonScanner in(R"({"a":1,"page_url":2})");
  std::string_view key;
  REQUIRE(in.enter_object());
  REQUIRE(in.next_member(key));
  REQUIRE(in.take_value() == "1");
  CHECK_FALSE(in.take_guessed_member(kGuess));
}
