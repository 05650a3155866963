// Texts that JSON readers disagree about, and what this core says of each. A character is a byte.

/** RFC 8259 takes them, and so does the core. */
export const kAccepted = [
  "{}", "[]", "0", "-0", "1", "-1", "10", "0.5", "-0.0", "1e5", "1E5", "1e+5", "1e-5", "1.5e-07", "-1.25E+2", "0e0", "0e99999", "0E-0", "0.0e1",
  "true", "false", "null", '""', '"a"', " 1 ", "\t[\n1\r,\n2 ]\n", '{"a":1}', '{"":0}', '{ "a" : [ ] }', '[[[[1]]]]', '[{"a":[{"b":null}]}]',
  // Numbers keep their digits, however many; the largest and the smallest double and what lies between.
  "123456789012345678901234567890", "0.1000000000000000055511151231257827", "1.7976931348623157e308", "-1.7976931348623157e308", "17976931348623157e292",
  "5e-324", "1e-400", "1e-99999999999", "0.0000000000000000000000000000001e31", `1${"0".repeat(308)}`, `0.${"0".repeat(400)}1`, `${"1".repeat(300)}e-290`,
  // Escapes.
  '"\\""', '"\\\\"', '"\\/"', '"\\b\\f\\n\\r\\t"', '"\\u0000"', '"\\u001F"', '"\\u00e9"', '"\\uD83D\\uDE00"', '"\\uFFFF"', '"\\u2028"', '"a\\u0022b"',
  // Halves of surrogate pairs: the grammar takes them.
  '"\\uD800"', '"\\uDFFF"', '"\\uDE00\\uD83D"', '"\\uD800\\uD800"', '"\\uD800a"', '"\\uD83Dx\\uDE00"', '"\\ud800\\n"', '{"\\ud800":1}',
  // Bytes of UTF-8, among them those that only look odd.
  '"\x7f"', '"\xc2\x80"', '"\xdf\xbf"', '"\xe0\xa0\x80"', '"\xed\x9f\xbf"', '"\xee\x80\x80"', '"\xef\xbf\xbf"', '"\xf0\x90\x80\x80"', '"\xf4\x8f\xbf\xbf"',
  '"\xe2\x80\xa8\xe2\x80\xa9"', '"\xef\xbb\xbf"', '"x\xe3\x81\x82y\xf0\x9f\x98\x80"', '{"\xe3\x81\x82":"\xe3\x81\x84"}',
  // Names twice: the grammar takes them. (An event's own members may come once: event.cpp.)
  '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"":1,"":2}',
  `${"[".repeat(64)}${"]".repeat(64)}`, `${'{"a":'.repeat(63)}[]${"}".repeat(63)}`,
  '"0123456789abcdef"', '"0123456789abcde\\n0123456789abcdef"', `"${"x".repeat(5_000)}"`, `[${"1,".repeat(2_000)}1]`,
];

/** No JSON. */
export const kRefused = [
  "", " ", "\n", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1]]", "[1}", "{1}", '{"a"}', '{"a":}', '{"a":1', '{"a":1,}', "{,}",
  '{"a":1,,"b":2}', '{"a" 1}', '{"a"::1}', '{"a":1 "b":2}', "{'a':1}", "{a:1}", '{1:1}', '{null:1}', '{"a":1]', '{"a":1}}', '{"a":1}{}', "1 2", '"a" "b"',
  "01", "-01", "00", "-", "+1", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "1E-", "1ee5", "1e5.5", "1.5.5", "0x10", "1_000", "1,5", "--1", "-a", "Infinity", "-Infinity", "NaN", "1f", "1 .5",
  "tru", "True", "TRUE", "truee", "nul", "nulll", "fals", "undefined", "t", "n", "nan", "[true,fals]",
  '"', '"a', '"\\"', '"\\', '"\\x41"', '"\\u"', '"\\u1"', '"\\u12"', '"\\u123"', '"\\u12g4"', '"\\U0041"', '"\\a"', '"\\0"', '"\\v"', "'a'", '"\\u 041"', '"\\ud800\\u"', '"\\u\xff"', '"\\\n"', '"\\ "',
  '"\x00"', '"\x01"', '"\x1f"', '"a\nb"', '"a\tb"', '"\r"', '"0123456789abcdef\x1f"', '{"a\nb":1}',
  // Not UTF-8.
  '"\x80"', '"\xbf"', '"\xc0\xaf"', '"\xc1\xbf"', '"\xc2"', '"\xc2a"', '"\xe0\x80\x80"', '"\xe0\x9f\xbf"', '"\xe3\x81"', '"\xe3\x81a"', '"\xed\xa0\x80"', '"\xed\xbf\xbf"', '"\xed\xa0\xbd\xed\xb8\x80"',
  '"\xf0\x80\x80\x80"', '"\xf0\x8f\xbf\xbf"', '"\xf0\x9f\x98"', '"\xf4\x90\x80\x80"', '"\xf5\x80\x80\x80"', '"\xf8\x88\x80\x80\x80"', '"\xfe"', '"\xff"', '{"\xff":1}', '"0123456789abcde\xff"', "\xff", "[\xff]",
  // Blanks that are none, comments, byte order marks, what stands before or after.
  "\xa0 1", "\x0b1", "\x0c1", "[\x0b1]", "\xe2\x80\xa81", "\xe3\x80\x801", "1\x00", "\x001", "\x00", "[1]\x00", "/**/1", "1//", "[1/**/]", "#1", "\xef\xbb\xbf{}", "{}\xef\xbb\xbf", "\xfe\xff\x00{\x00}", "{\x00}\x00", ")]}',\n{}",
  '["a\x00"]', '["\\u0000\x00"]', "[1,\x002]", '{"a":\x0b1}', "*", "&", "<null>", "[*]", '[""a]', '["a" "b"]', '["a":1]', '{"a","b"}', "[1:2]", '{[]:1}', "{{}}", "[}", "{]", ",", ":", "[:]", "{:1}", "\\u0031", '\\"a\\"',
];

/** JSON by its grammar; the core takes none of it, and says why. */
export const kRefusedByChoice: [string, string][] = [
  ["1e309", "bad number"], ["-1e309", "bad number"], ["1e400", "bad number"], ["[1e400]", "bad number"], ["1.7976931348623159e308", "bad number"], ["17976931348623159e292", "bad number"],
  ["123456789e99999", "bad number"], ["1e99999999999999999999", "bad number"], [`1${"0".repeat(309)}`, "bad number"], [`${"9".repeat(400)}`, "bad number"],
  [`${"[".repeat(65)}${"]".repeat(65)}`, "nested too deep"], [`${'{"a":'.repeat(65)}1${"}".repeat(65)}`, "nested too deep"], ["[".repeat(100_000), "nested too deep"], ['[{"a":'.repeat(50_000), "nested too deep"],
];
