#include "simulator/services/apigateway/vtl.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/base/base64.h"
#include "tests/unit/simulator/services/apigateway/run_template.h"

using namespace edgehose;

namespace {

struct Case {
  std::string_view text;
  std::string_view body;
  std::string_view output;
};

void check_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.text, c.body);
    VtlInput input;
    input.body = c.body;
    CHECK(run_template(c.text, input) == c.output);
  }
}

std::string decoded(const std::string& text) {
  std::string out;
  REQUIRE(base64_decode(text, out));
  return out;
}

// The facts' template of a batch (aws.md, section 5).
constexpr std::string_view kBatch = R"vtl(#set($nl="
")
{"DeliveryStreamName":"my-stream","Records":[
#foreach($e in $input.path('$.events'))
#set($p="$.events[$foreach.index]")#set($j=$input.json($p))#set($line="$j$nl")
{"Data":"$util.base64Encode($line)"}#if($foreach.hasNext),#end
#end
]}
)vtl";

// One event a request, as note sent it to PutRecord in 2020.
constexpr std::string_view kSingle =
    R"vtl({"DeliveryStreamName":"$stageVariables.stream","Record":{"Data":"$util.base64Encode($input.json('$'))"}})vtl";

// The facts' mapping of an answer with failed rows (aws.md, section 5).
constexpr std::string_view kAnswer =
    "#if($input.path('$.FailedPutCount')!=0)#set($context.responseOverride.status=503)#end\n"
    "{\"failed\":$input.path('$.FailedPutCount')}";

}  // namespace

// Facts: aws.md section 5, "Template (Velocity)".
TEST_CASE("vtl: the batch template makes a record of each event, with its line's end") {
  VtlInput input;
  input.body = R"({"events":[{"a":1,"b":"x\ny"},{"a":2.50,"c":{"d":[true,null]}},"text"]})";
  const auto sent = nlohmann::json::parse(run_template(kBatch, input));
  CHECK(sent["DeliveryStreamName"] == "my-stream");
  REQUIRE(sent["Records"].size() == 3);
  CHECK(decoded(sent["Records"][0]["Data"]) == "{\"a\":1,\"b\":\"x\\ny\"}\n");
  CHECK(decoded(sent["Records"][1]["Data"]) == "{\"a\":2.50,\"c\":{\"d\":[true,null]}}\n");
  CHECK(decoded(sent["Records"][2]["Data"]) == "\"text\"\n");
}

// Facts: aws.md section 5, PutRecord; the talk of 2020 sent one event a record.
TEST_CASE("vtl: the single template makes one record of the body") {
  VtlInput input;
  input.body = R"({ "content_type" : "page_view" })";
  input.stage_variables = {{"stream", "note"}};
  const auto sent = nlohmann::json::parse(run_template(kSingle, input));
  CHECK(sent["DeliveryStreamName"] == "note");
  CHECK(decoded(sent["Record"]["Data"]) == R"({"content_type":"page_view"})");
}

// Facts: aws.md section 5, "Without a response mapping".
TEST_CASE("vtl: failed rows become a status of 503") {
  const auto script = vtl_parse(kAnswer);
  for (const auto& [body, status] : std::vector<std::pair<std::string, std::optional<int64_t>>>{
           {R"({"FailedPutCount":0})", std::nullopt}, {R"({"FailedPutCount":7})", 503}}) {
    VtlInput input;
    input.body = body;
    const auto done = vtl_run(std::get<VtlTemplate>(script), input);
    CHECK(std::get<VtlOutput>(done).overrides.status == status);
    CHECK(std::get<VtlOutput>(done).text ==
          std::string("{\"failed\":") + (status ? "7" : "0") + "}");
  }
}

// Facts: aws.md section 5, "Printing an object taken with $input.path gives Java map text".
TEST_CASE("vtl: an object prints as Java's map, and as JSON where that is asked for") {
  check_all({
      {"$input.path('$')", R"({"a":1,"b":["x","y"]})", "{a=1, b=[x, y]}"},
      {"$input.json('$')", R"({ "a":1, "b":["x", "y"]})", R"({"a":1,"b":["x","y"]})"},
      {"$input.json('$.b')", R"({"a":1,"b":["x","y"]})", R"(["x","y"])"},
      {"$input.json('$.a')", R"({"a":"x\"y"})", R"("x\"y")"},
      {"$input.path('$.a')", R"({"a":"x\"y"})", "x\"y"},
      {"$input.path('$.a')", R"({"a":{"b":null,"c":true}})", "{b=null, c=true}"},
      {"$input.path('$').a.b", R"({"a":{"b":12345678901234567890}})", "12345678901234567890"},
      {"$input.body", "any text", "any text"},
      // [mem]
      {"$input.json('$.none')$input.path('$.none').length()", "{}", "\"\"0"},
      {"$input.json('$')", "", "{}"},
  });
}

// Facts: aws.md section 5, "Variables"; the mapping template reference it cites.
TEST_CASE("vtl: parameters are looked for in the path, the query and the headers") {
  VtlInput input;
  input.path = {{"id", "from path"}};
  input.querystring = {{"id", "from query"}, {"page", "2"}};
  input.header = {{"id", "from header"}, {"page", "9"}, {"user-agent", "curl"}};
  CHECK(run_template("$input.params('id')", input) == "from path");
  CHECK(run_template("$input.params('page')", input) == "2");
  CHECK(run_template("$input.params('User-Agent')", input) == "curl");
  CHECK(run_template("[$input.params('none')]", input) == "[]");
  CHECK(run_template("$input.params().querystring.page", input) == "2");
  CHECK(run_template("$input.params().header.get('page')", input) == "9");
  CHECK(run_template("#foreach($t in $input.params().keySet())$t #end", input) ==
        "path querystring header ");
  // The loop of AWS's own passthrough template.
  CHECK(run_template("#set($all = $input.params())#foreach($type in $all.keySet())"
                     "#set($params = $all.get($type))\"$type\":{#foreach($n in $params.keySet())"
                     "\"$n\":\"$util.escapeJavaScript($params.get($n))\"#if($foreach.hasNext),#end"
                     "#end}#if($foreach.hasNext),#end#end",
                     input) ==
        "\"path\":{\"id\":\"from path\"},\"querystring\":{\"id\":\"from query\",\"page\":\"2\"},"
        "\"header\":{\"id\":\"from header\",\"page\":\"9\",\"user-agent\":\"curl\"}");
}

// Facts: aws.md section 5, "Variables".
TEST_CASE("vtl: the context and the stage's variables are read and overridden") {
  VtlInput input;
  input.context = {{"requestId", "r-1"},
                   {"identity.sourceIp", "203.0.113.9"},
                   {"requestTimeEpoch", "1795353600000", true}};
  input.stage_variables = {{"stream", "s"}};
  CHECK(run_template("$context.requestId $context.identity.sourceIp $stageVariables.stream",
                     input) == "r-1 203.0.113.9 s");
  CHECK(run_template("#set($t = $context.requestTimeEpoch / 1000)$t", input) == "1795353600");
  CHECK(run_template("$context.none $stageVariables.none", input) ==
        "$context.none $stageVariables.none");
  const auto script = vtl_parse(
      "#set($context.requestOverride.header.X-A = \"1$context.requestId\")"
      "#set($context.requestOverride.querystring.q = 2)#set($context.requestOverride.path.p = 'x')"
      "#set($context.responseOverride.header['X-B'] = true)"
      "#set($context.responseOverride.status = \"201\")");
  const auto done = vtl_run(std::get<VtlTemplate>(script), input);
  const VtlOverrides& overrides = std::get<VtlOutput>(done).overrides;
  CHECK(overrides.request_headers == VtlTexts{{"X-A", "1r-1"}});
  CHECK(overrides.request_querystring == VtlTexts{{"q", "2"}});
  CHECK(overrides.request_path == VtlTexts{{"p", "x"}});
  CHECK(overrides.response_headers == VtlTexts{{"X-B", "true"}});
  CHECK(overrides.status == 201);
}

// Velocity 1.7: src/parser/Parser.jjt, tokens RPAREN, END, ELSE_DIRECTIVE, SET_DIRECTIVE and "What
// You Expect" at its end.
TEST_CASE("vtl: directives take the blanks that Velocity's grammar takes") {
  check_all({
      {"a\n#set($x = 1)\nb", "", "a\nb"},
      {"a\n#set($x = 1)  \n  #set($y = 2) \nb", "", "a\nb"},
      // Blanks after other text belong to that text.
      {"a\n  #set($x = 1)\nb", "", "a\n  b"},
      {"a #set($x = 1) b", "", "a  b"},
      {"#if(true)\nyes\n#end\nafter", "", "yes\nafter"},
      {"#if(true) yes #end after", "", " yes  after"},
      {"#if(false)\nno\n#else  \nyes\n#end", "", "yes\n"},
      {"  #if(true)\n  yes\n  #end\nafter", "", "    yes\n  after"},
      {"#foreach($i in [1..2])\n$i\n#end", "", "1\n2\n"},
      {"a## gone\nb", "", "ab"},
      {"a#* gone\n *#\nb", "", "a\nb"},
      {"#[[ $x #if ]]#", "", " $x #if "},
      {"#{if}(true)a#{else}b#{end}c", "", "ac"},
      {"a#stop b", "", "a"},
  });
}

// Velocity 1.7 user guide: references, quiet notation, formal notation, escaping.
TEST_CASE("vtl: references print their values, themselves or nothing") {
  check_all({
      {"#set($a = 'x')$a ${a}y $!a $!{a}", "", "x xy x x"},
      {"$none ${none} $!none $!{none} $none.part()", "", "$none ${none}   $none.part()"},
      {"$5.00 $ $-", "", "$5.00 $ $-"},
      {"#set($a = 'x')$a.", "", "x."},
      {"#set($a = 'x')\\$a \\\\$a \\$none", "", "$a \\x \\$none"},
      {"\\#if(true) \\#none", "", "#if(true) \\#none"},
      {"#set($m = {'a': [1, 2], 'b': 'c'})$m.a[1] $m.b $m['b'] $m", "", "2 c c {a=[1, 2], b=c}"},
      {"#set($m = {})#set($m.x = 1)#set($m['y'] = 2)$m", "", "{x=1, y=2}"},
      {"#set($l = [1, 2])#set($l[0] = 'z')$l", "", "[z, 2]"},
      {"#set($a = 1)#set($a = $none)$a", "", "1"},
      {"#endpoint #foo", "", "#endpoint #foo"},
  });
}

// Velocity 1.7 user guide: literals, arithmetic, relational and logical operators.
TEST_CASE("vtl: expressions") {
  check_all({
      {"#set($x = 7 / 2)$x,#set($x = 7 % 2)$x,#set($x = 2 + 3 * 4)$x,#set($x = (2 + 3) * 4)$x", "",
       "3,1,14,20"},
      {"#set($x = 1.5 * 2)$x,#set($x = 1 - 0.25)$x,#set($x = 1 / 0)$x", "", "3.0,0.75,0.75"},
      {"#set($x = 'a' + 1 + 2)$x,#set($x = 1 + 2 + 'a')$x", "", "a12,3a"},
      {"#if(1 == 1.0 && '1' == 1 && 'a' != 'b' && !false)yes#end", "", "yes"},
      {"#if(1 lt 2 and 2 le 2 and 3 gt 2 and 3 ge 3 and 1 eq 1 and 1 ne 2 and not false)yes#end",
       "", "yes"},
      {"#if(1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 || $none.x)yes#end", "", "yes"},
      {"#if($none > 1)no#elseif($none == $other)same#end", "", "same"},
      {"#if('')true#end#if($none)no#end#if(0)true#end", "", "truetrue"},
      {"#set($a = 'x')#set($s = \"<$a> #if($a == 'x')in#end\")$s", "", "<x> in"},
      {"#set($a = 'x')#set($s = '<$a>')$s", "", "<$a>"},
      {"#set($s = \"a\\\"b\")$s", "", "a\\\"b"},
      {"#set($s = \"\\u00e9\")$s", "", "\xc3\xa9"},
      {"#set($x = -5)#set($y = $x - 1)$y", "", "-6"},
      {"#foreach($i in [3..1])$i#end", "", "321"},
      {"#if([1, {'a': 2}] == [1, {'a': 2}])same#end", "", "same"},
  });
}

TEST_CASE("vtl: loops tell where they are and can be left") {
  check_all({
      {"#foreach($x in ['a', 'b'])$foreach.index$foreach.count$foreach.first$foreach.last"
       "$foreach.hasNext$velocityCount;#end$!x",
       "", "01truefalsetrue1;12falsetruefalse2;"},
      {"#foreach($x in [1..9])#if($x > 3)#break#end$x#end.", "", "123."},
      {"#foreach($x in {'a': 1, 'b': 2})$x#end", "", "12"},
      {"#foreach($x in $none)no#end#foreach($x in 'text')no#end.", "", "."},
      {"#set($x = 'kept')#foreach($x in [1])$x#end$x", "", "1kept"},
      {"#foreach($x in [1..2])#foreach($y in [1..2])$foreach.parent.index$foreach.index #end#end",
       "", "00 01 10 11 "},
      {"#set($l = [])#foreach($x in [1..3])#set($none = $l.add($x))#end$l.size()", "", "3"},
  });
}

TEST_CASE("vtl: faults name their line and column") {
  check_all({
      {"a\n  #if(true)", "", "line 2, column 3: #if without its #end"},
      {"#end", "", "line 1, column 1: #end without its #if or #foreach"},
      {"#set($a 1)", "", "line 1, column 9: expected ="},
      {"#macro(x)#end", "", "line 1, column 1: #macro is not modelled"},
      {"\n$input.json('$.a[?(@.b)]')", "{}",
       "line 2, column 1: JSONPath $.a[?(@.b)]: a filter is not modelled"},
      {"#set($a = 'x')\n $a.matches('y')", "",
       "line 2, column 2: the method matches() with 1 arguments on a text is not modelled"},
      {"$util.nothing(1)", "", "line 1, column 1: $util.nothing() is not modelled"},
      {"$input.path('$.a')", "{\"a\":", "line 1, column 1: truncated at byte 5"},
      {"#set($l = [1])$l[1]", "", "line 1, column 15: get() beyond the list's end"},
      {"#set($x = 9223372036854775807 * 2)$x #set($x = 999999999999999999 * 99)$x", "",
       "line 1, column 69: a number beyond 64 bits is not modelled"},
      {"#set($context.responseOverride.status = 'none')", "",
       "line 1, column 41: $context.responseOverride.status is no HTTP status"},
  });
}

TEST_CASE("vtl: every bound is an error of its own") {
  CHECK(run_template("#foreach($i in [1..1000])#end.") == ".");
  CHECK(run_template("#foreach($i in [1..1001])#end.") ==
        "line 1, column 1: #foreach of more than 1000 iterations");
  CHECK(run_template(std::string(307'200, 'x')).size() == 307'200);
  CHECK(run_template(std::string(307'201, 'x')) ==
        "line 1, column 1: a template of more than 307200 bytes");
  VtlLimits limits;
  limits.steps = 10'000;
  CHECK(run_template("#foreach($i in [1..1000])#foreach($j in [1..1000])#end#end", {}, limits) ==
        "line 1, column 45: the template does more than this simulator lets it");
  limits = {};
  limits.output_bytes = 100;
  CHECK(run_template("#foreach($i in [1..1000])xxxxxxxxxx#end", {}, limits).find("longer than") !=
        std::string::npos);
  limits = {};
  limits.heap_bytes = 1U << 20;
  CHECK(run_template("#set($a = 'x')#foreach($i in [1..100])#set($a = \"$a$a\")#end", {}, limits)
            .find("more memory") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "#if(true)";
  CHECK(run_template(deep).find("nested deeper than 64") != std::string::npos);
  CHECK(run_template("#set($l = [])#set($none = $l.add($l))$l").find("does more") !=
        std::string::npos);
}
