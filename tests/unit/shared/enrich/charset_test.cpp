#include "shared/enrich/charset.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

TEST_CASE("charset: labels are read as the encoding standard and old pages write them") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"UTF-8", "utf-8"},
      {"utf8", "utf-8"},
      {"Shift_JIS", "shift_jis"},
      {"sjis", "shift_jis"},
      {"x-sjis", "shift_jis"},
      {"Windows-31J", "shift_jis"},
      {"EUC-JP", "euc-jp"},
      {"eucjp", "euc-jp"},
      {"ISO-2022-JP", "iso-2022-jp"},
      {"GB2312", "gbk"},
      {"gbk", "gbk"},
      {"gb18030", "gb18030"},
      {"Big5", "big5"},
      {"EUC-KR", "euc-kr"},
      {"ks_c_5601-1987", "euc-kr"},
      {"windows-1251", "windows-1251"},
      {"CP1251", "windows-1251"},
      {"koi8-r", "koi8-r"},
      {"ISO-8859-1", "iso-8859-1"},
      {"latin1", "iso-8859-1"},
      {"TIS-620", "windows-874"},
      {"", ""},
      {"-", ""},
      {"Zx81Y_aBCd", ""},
      {"utf-8;", ""},
      {std::string(100, 'a'), ""},
      {"cp 1251", ""},
  };
  for (const auto& [label, name] : cases) {
    CAPTURE(label);
    CHECK(charset_of(label) == name);
  }
}

TEST_CASE("charset: a query names its charset in one of several parameters") {
  CHECK(charset_of_query("p=x&ei=EUC-JP") == "euc-jp");
  CHECK(charset_of_query("ei=Zx81Y_aBCd&ie=Shift_JIS") == "shift_jis");
  CHECK(charset_of_query("IE=UTF-8") == "utf-8");
  CHECK(charset_of_query("p=ei%3DEUC-JP&xei=EUC-JP").empty());
  CHECK(charset_of_query("").empty());
}
