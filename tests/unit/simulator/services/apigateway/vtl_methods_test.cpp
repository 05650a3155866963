#include "simulator/services/apigateway/vtl_methods.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/services/apigateway/run_template.h"

using namespace edgehose;

namespace {

// What an expression of the template language prints; `s` is set to a text of its own.
std::string value_of(const std::string& expression, const std::string& s = "Hello, note") {
  VtlInput input;
  input.body = s;
  return run_template(
      "#set($s = $input.body)#set($l = [1, 'b'])#set($m = {'k': 'v', 'n': 2})"
      "#set($r = " +
          expression + ")$r",
      input);
}

}  // namespace

// java.lang.String's documentation.
TEST_CASE("vtl methods: of texts") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"$s.length()", "11"},
      {"$s.isEmpty()", "false"},
      {"$s.substring(7)", "note"},
      {"$s.substring(0, 5)", "Hello"},
      {"$s.contains('lo')", "true"},
      {"$s.startsWith('Hell')", "true"},
      {"$s.endsWith('x')", "false"},
      {"$s.indexOf('o')", "4"},
      {"$s.indexOf('z')", "-1"},
      {"$s.lastIndexOf('o')", "8"},
      {"$s.toLowerCase()", "hello, note"},
      {"$s.toUpperCase()", "HELLO, NOTE"},
      {"$s.replace('l', 'L')", "HeLLo, note"},
      {"$s.replaceAll('[aeiou]', '*')", "H*ll*, n*t*"},
      {"$s.replaceAll(',\\s', '\\$')", "Hello$note"},
      {"$s.split(', ')", "[Hello, note]"},
      {"$s.split(',').size()", "2"},
      {"$s.equals('Hello, note')", "true"},
      {"$s.equals(1)", "false"},
      {"$s.equalsIgnoreCase('HELLO, NOTE')", "true"},
      {"$s.concat('!')", "Hello, note!"},
      {"$s.toString().trim()", "Hello, note"},
      {"$s.substring(0, 20)", "line 1, column 81: substring() beyond the text's end"},
  };
  for (const auto& [expression, result] : cases) {
    CAPTURE(expression);
    CHECK(value_of(expression) == result);
  }
  CHECK(value_of("$s.trim()", " \t x \n") == "x");
  CHECK(value_of("$s.split(',')", ",a,,") == "[, a]");
}

// Java counts UTF-16 units: a character outside the first plane has two.
TEST_CASE("vtl methods: lengths and places are Java's") {
  const std::string text = "\xe6\x97\xa5\xf0\x9f\x98\x80x";
  CHECK(value_of("$s.length()", text) == "4");
  CHECK(value_of("$s.indexOf('x')", text) == "3");
  CHECK(value_of("$s.substring(1, 3)", text) == "\xf0\x9f\x98\x80");
  CHECK(value_of("$s.substring(4)", text).empty());
}

TEST_CASE("vtl methods: of lists and maps") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"$l.size()", "2"},
      {"$l.get(1)", "b"},
      {"$l.isEmpty()", "false"},
      {"$l.contains('b')", "true"},
      {"$l.contains('1')", "false"},
      {"$l.add(3)", "true"},
      {"$m.get('k')", "v"},
      {"$m.containsKey('x')", "false"},
      {"$m.keySet()", "[k, n]"},
      {"$m.values()", "[v, 2]"},
      {"$m.entrySet()[0].key", "k"},
      {"$m.entrySet()[1].getValue()", "2"},
      {"$m.size()", "2"},
      {"$m.put('k', 'w')", "v"},
      {"$m.isEmpty()", "false"},
      {"$m.toString()", "{k=v, n=2}"},
      {"$m.equals({'k': 'v', 'n': 2})", "true"},
      {"$m.n.toString().length()", "1"},
  };
  for (const auto& [expression, result] : cases) {
    CAPTURE(expression);
    CHECK(value_of(expression) == result);
  }
}

// Facts: aws.md section 5, "Variables".
TEST_CASE("vtl methods: of $util") {
  CHECK(value_of("$util.base64Encode($s)", "a\xc3\xa9\n") == "YcOpCg==");
  CHECK(value_of("$util.base64Decode('aGk=')") == "hi");
  CHECK(value_of("$util.urlEncode($s)", "a b&\xe6\x97\xa5*~") == "a+b%26%E6%97%A5*%7E");
  CHECK(value_of("$util.urlDecode('a+b%26%E6%97%A5')") == "a b&\xe6\x97\xa5");
  CHECK(value_of("$util.parseJson($s).a[1]", R"({"a":[1,{"b":2}]})") == "{b=2}");
  CHECK(value_of("$util.escapeJavaScript($s)", "it's \"x\"\\\n") == R"(it\'s \"x\"\\\n)");
  CHECK(value_of("$util.escapeJavaScript($s)", "\x01\xe6\x97\xa5\xf0\x9f\x98\x80") ==
        R"(\u0001\u65E5\uD83D\uDE00)");
  // How templates undo the quotes for JSON.
  CHECK(value_of(R"($util.escapeJavaScript($s).replaceAll("\\'", "'"))", "it's") == "it's");
  CHECK(value_of("$util.base64Encode($l)") == "WzEsIGJd");
  CHECK(value_of("$util.base64Decode('?')").find("is no base64") != std::string::npos);
  CHECK(value_of("$util.parseJson('{')").find("truncated") != std::string::npos);
}

TEST_CASE("vtl methods: what is not modelled is refused by name") {
  CHECK(value_of("$s.replaceAll('(a)', 'b')").find("(") != std::string::npos);
  CHECK(value_of("$s.replaceAll('a', '$1')").find("groups") != std::string::npos);
  CHECK(value_of("$s.getClass()").find("getClass() with 0 arguments on a text") !=
        std::string::npos);
  CHECK(value_of("$l.remove(0)").find("remove() with 1 arguments on a list") != std::string::npos);
  CHECK(value_of("$m.clear()").find("clear() with 0 arguments on a map") != std::string::npos);
}
