// The template language as one table: a template, the body it runs over, what comes out, and where
// that is written. Each directive, reference and method of the subset has a row (RULES.md beside
// the service points here, and tests/tidy/rules_test.py looks for each by its name). Cases of the
// grammar's corners are in vtl_test.cpp.
#include <catch2/catch.hpp>

#include "tests/unit/simulator/services/apigateway/run_template.h"

using namespace edgehose;

namespace {

struct Row {
  std::string_view script;
  std::string_view body;
  std::string_view output;  // with what was overridden behind it
};

struct Source {
  std::string_view name;
  std::vector<Row> rows;
};

// What every row's templates see beside the body.
VtlInput input_with(std::string_view body) {
  VtlInput input;
  input.body = body;
  input.path = {{"id", "of-path"}};
  input.querystring = {{"id", "of-query"}, {"page", "2"}};
  input.header = {{"id", "of-header"}, {"page", "9"}, {"User-Agent", "curl"}};
  input.stage_variables = {{"stream", "events"}};
  input.context = {{"requestId", "r-1"}, {"requestTimeEpoch", "1795353600000", true}};
  return input;
}

void append_texts(std::string& out, std::string_view what, const VtlTexts& texts) {
  for (const auto& [name, text] : texts) {
    out.append(" <").append(what).append(" ").append(name).append("=").append(text).append(">");
  }
}

std::string outcome(const Row& row) {
  const auto parsed = vtl_parse(row.script);
  if (const auto* fault = std::get_if<VtlFault>(&parsed)) return to_text(*fault);
  const auto done = vtl_run(std::get<VtlTemplate>(parsed), input_with(row.body));
  if (const auto* fault = std::get_if<VtlFault>(&done)) return to_text(*fault);
  const auto& [text, overrides] = std::get<VtlOutput>(done);
  std::string out = text;
  if (overrides.status) out += " <status " + std::to_string(*overrides.status) + ">";
  append_texts(out, "answer's", overrides.response_headers);
  append_texts(out, "header", overrides.request_headers);
  append_texts(out, "query", overrides.request_querystring);
  append_texts(out, "path", overrides.request_path);
  return out;
}

void check_table(const std::vector<Source>& table) {
  for (const auto& [source, rows] : table) {
    for (const Row& row : rows) {
      CAPTURE(source, row.script, row.body);
      CHECK(outcome(row) == row.output);
    }
  }
}

constexpr std::string_view kEvents = R"({"events":[{"a":1},{"a":"x\ny"}]})";

}  // namespace

TEST_CASE("vtl table: what requests and answers are to a template") {
  check_table({
      {"Facts: aws.md section 5, Template (Velocity); the facts' own, with a stream's name",
       {{R"vtl(#set($nl="
")
{"DeliveryStreamName":"my-stream","Records":[
#foreach($e in $input.path('$.events'))
#set($p="$.events[$foreach.index]")#set($j=$input.json($p))#set($line="$j$nl")
{"Data":"$util.base64Encode($line)"}#if($foreach.hasNext),#end
#end
]}
)vtl",
         kEvents, R"({"DeliveryStreamName":"my-stream","Records":[
{"Data":"eyJhIjoxfQo="},{"Data":"eyJhIjoieFxueSJ9Cg=="}]}
)"}}},
      {"Facts: aws.md section 5, Without a response mapping",
       {{"#if($input.path('$.FailedPutCount')!=0)#set($context.responseOverride.status=503)#end",
         R"({"FailedPutCount":3})", " <status 503>"},
        {"#if($input.path('$.FailedPutCount')!=0)#set($context.responseOverride.status=503)#end",
         R"({"FailedPutCount":0})", ""}}},
      {"Facts: aws.md section 5, Printing an object taken with $input.path",
       {{"$input.path('$')", R"({"a":1})", "{a=1}"},
        {"$input.path('$.b')", R"({"b":[1,{"c":"d"}]})", "[1, {c=d}]"},
        {"$input.json('$')", R"({"a":1})", R"({"a":1})"}}},
      {"Facts: aws.md section 5, Variables, $input",
       {{"$input.body", "not even JSON", "not even JSON"},
        {"$input.json('$.a')", R"({"a":{"b":[true,null,"x"]}})", R"({"b":[true,null,"x"]})"},
        {"$input.json('$.a')", R"({"a":"text"})", "\"text\""},
        {"$input.path('$.a.b')", R"({"a":{"b":"text"}})", "text"},
        {"$input.path('$.a').size()", R"({"a":[1,2,3]})", "3"},
        {"$input.params('id')", "", "of-path"},
        {"$input.params('page')", "", "2"},
        {"$input.params('user-agent')", "", "curl"},
        {"[$input.params('none')]", "", "[]"},
        {"$input.params().path.id $input.params().querystring.id $input.params().header.id", "",
         "of-path of-query of-header"},
        {"$input.json('$.a')", "{\"a\":", "line 1, column 1: truncated at byte 5"}}},
      {"Facts: aws.md section 5, Variables, $util",
       {{"$util.base64Encode($input.body)", "a\xc3\xa9\n", "YcOpCg=="},
        {"$util.base64Decode('YcOpCg==')", "", "a\xc3\xa9\n"},
        {"$util.urlEncode($input.body)", "a b&\xe6\x97\xa5", "a+b%26%E6%97%A5"},
        {"$util.urlDecode('a+b%26%E6%97%A5')", "", "a b&\xe6\x97\xa5"},
        {"$util.parseJson($input.body).a[1].b", R"({"a":[1,{"b":2}]})", "2"},
        {"$util.escapeJavaScript($input.body)", "it's \"x\"\\\n", R"(it\'s \"x\"\\\n)"},
        {R"($util.escapeJavaScript($input.body).replaceAll("\\'", "'"))", "it's", "it's"}}},
      {"Facts: aws.md section 5, Variables, $stageVariables and $context",
       {{"$stageVariables.stream", "", "events"},
        {"$context.requestId", "", "r-1"},
        {"#set($seconds = $context.requestTimeEpoch / 1000)$seconds", "", "1795353600"},
        {"#set($context.responseOverride.status = 201)", "", " <status 201>"},
        {"#set($context.responseOverride.header.Retry-After = '1')", "",
         " <answer's Retry-After=1>"},
        {"#set($context.requestOverride.header.X-A = $context.requestId)", "", " <header X-A=r-1>"},
        {"#set($context.requestOverride.querystring.q = 2)", "", " <query q=2>"},
        {"#set($context.requestOverride.path.p = 'x')", "", " <path p=x>"}}},
      {"Facts: aws.md section 5, #foreach of at most 1,000 iterations",
       {{"#foreach($i in [1..1000])#end.", "", "."},
        {"#foreach($i in [1..1001])#end.", "",
         "line 1, column 1: #foreach of more than 1000 iterations"}}},
      {"not in the facts; as seen in use (VtlRules)",
       {{"$input.json('$.none') [$input.path('$.none')]", "{}", "\"\" []"},
        {"$input.json('$')", "", "{}"}}},
  });
}

TEST_CASE("vtl table: directives, references and expressions") {
  check_table({
      {"Velocity 1.7 user guide: directives",
       {{"#set($a = 'x')$a", "", "x"},
        {"#if($input.path('$.a') == 1)one#elseif($input.path('$.a') == 2)two#{else}more#end",
         R"({"a":2})", "two"},
        {"#if($input.path('$.a') == 1)one#elseif($input.path('$.a') == 2)two#{else}more#end",
         R"({"a":3})", "more"},
        {"#foreach($e in $input.path('$.events'))$e.a;#end", kEvents, "1;x\ny;"},
        {"#foreach($i in [1..9])#if($i > 2)#break#end$i#end", "", "12"},
        {"a#stop b", "", "a"},
        {"a## comment\nb#* another *#c#[[ $raw #if ]]#", "", "abc $raw #if "}}},
      {"Velocity 1.7 user guide: what a loop knows",
       {{"#foreach($e in ['a', 'b'])$foreach.index$foreach.count$foreach.hasNext$foreach.first"
         "$foreach.last$velocityCount #end",
         "", "01truetruefalse1 12falsefalsetrue2 "},
        {"#foreach($a in [1..2])#foreach($b in [1])$foreach.parent.index#end#end", "", "01"}}},
      {"Velocity 1.7 user guide: references",
       {{"$none ${none} [$!none] [$!{none}]", "", "$none ${none} [] []"},
        {"#set($a = 'x')${a}y $a.none \\$a", "", "xy $a.none $a"},
        {"#set($m = {'k': [1, 2]})$m.k[1] $m['k'] $m.get('k').get(0)", "", "2 [1, 2] 1"},
        {"#set($m = {})#set($m.k = 1)$m $m.empty", "", "{k=1} false"}}},
      {"Velocity 1.7 user guide: literals and operators",
       {{"#set($a = 'x')#set($s = \"<$a>\")#set($t = '<$a>')$s$t", "", "<x><$a>"},
        {"#set($x = 2 + 3 * 4 - 10 / 3 % 2)$x", "", "13"},
        {"#if(1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 == 1 && 1 != 2 && !false)yes#end", "", "yes"},
        {"#if(1 lt 2 and 2 le 2 and 3 gt 2 and 3 ge 3 and 1 eq 1 and 1 ne 2 and not false)yes#end",
         "", "yes"},
        {"#if(false || true)yes#end#if(false or false)no#end", "", "yes"},
        {"#set($l = [1..3])$l#set($l = ['a', true, 1.5])$l", "", "[1, 2, 3][a, true, 1.5]"}}},
      {"not modelled: refused by name, with the place",
       {{"#macro(x)#end", "", "line 1, column 1: #macro is not modelled"},
        {"#parse('x')", "", "line 1, column 1: #parse is not modelled"},
        {"#include('x')", "", "line 1, column 1: #include is not modelled"},
        {"#define($x)#end", "", "line 1, column 1: #define is not modelled"},
        {"#evaluate('x')", "", "line 1, column 1: #evaluate is not modelled"},
        {"#literal()#end", "", "line 1, column 1: #literal is not modelled"},
        {"$util.sha256('x')", "", "line 1, column 1: $util.sha256() is not modelled"}}},
  });
}

TEST_CASE("vtl table: methods") {
  check_table({
      {"java.lang.String of Java 8",
       {{"$input.body.length()", "a\xf0\x9f\x98\x80", "3"},
        {"$input.body.size()", "four", "4"},
        {"$input.body.isEmpty()", "", "true"},
        {"[$input.body.trim()]", " \tx\n", "[x]"},
        {"$input.body.toLowerCase() $input.body.toUpperCase()", "Note", "note NOTE"},
        {"$input.body.contains('ot') $input.body.contains('x')", "note", "true false"},
        {"$input.body.startsWith('no') $input.body.endsWith('no')", "note", "true false"},
        {"$input.body.indexOf('o') $input.body.lastIndexOf('o')", "foot", "1 2"},
        {"$input.body.indexOf('x')", "foot", "-1"},
        {"$input.body.equals('Note') $input.body.equals('note')", "Note", "true false"},
        {"$input.body.equalsIgnoreCase('NOTE')", "note", "true"},
        {"$input.body.concat('!')", "note", "note!"},
        {"$input.body.split(',')", "a,b,,", "[a, b]"},
        {"$input.body.substring(2) $input.body.substring(1, 3)", "note", "te ot"},
        {"$input.body.substring(9)", "note", "line 1, column 1: substring() beyond the text's end"},
        {"$input.body.replace('.', '-')", "a.b", "a-b"},
        {"$input.body.replaceAll('[a-c]', '*')", "a.b", "*.*"},
        {"$input.body.toString()", "note", "note"}}},
      {"java.util.List of Java 8",
       {{"#set($l = ['a'])$l.add('b') $l.size() $l.get(1) $l.contains('b') $l.isEmpty()", "",
         "true 2 b true false"},
        {"#set($l = [])$l.isEmpty() $l.empty", "", "true true"},
        {"#set($l = ['a'])$l.get(1)", "", "line 1, column 17: get() beyond the list's end"}}},
      {"java.util.Map of Java 8",
       {{"#set($m = {'a': 1, 'b': 2})$m.keySet() $m.values() $m.size()", "", "[a, b] [1, 2] 2"},
        {"#set($m = {'a': 1})$m.get('a') $m.containsKey('b') $m.isEmpty()", "", "1 false false"},
        {"#set($m = {'a': 1})$m.put('a', 2) $m", "", "1 {a=2}"},
        {"#foreach($e in $input.path('$').entrySet())$e.key:$e.getKey():$e.value:$e.getValue() "
         "#end",
         R"({"a":1,"b":2})", "a:a:1:1 b:b:2:2 "}}},
      {"java.lang.Object of Java 8",
       {{"#set($n = 12)$n.toString().length() $n.equals(12)", "", "2 true"}}},
  });
}
