#include "shared/enrich/charset.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "shared/base/text.h"
#include "shared/enrich/query.h"

namespace edgehose {
namespace {

// A set, by its name and then by other labels, separated by blanks. Labels are compared without
// case, "-", "_" and ":".
struct Charset {
  std::string_view name;
  std::string_view labels;
};

constexpr std::array kCharsets = {
    Charset{"utf-8", "utf8 unicode11utf8 u8"},
    Charset{"shift_jis", "shiftjis sjis xsjis mskanji windows31j ms932 cp932 s"},
    Charset{"euc-jp", "eucjp xeucjp ujis e"},
    Charset{"iso-2022-jp", "iso2022jp jis j"},
    Charset{"gbk", "gbk gb2312 xgbk cp936 ms936 csgb2312 chinese euccn gb"},
    Charset{"gb18030", "gb18030"},
    Charset{"big5", "big5 xxbig5 cnbig5 big5hkscs csbig5 cp950"},
    Charset{"euc-kr", "euckr ksc5601 ksc56011987 cp949 ms949 uhc windows949 korean"},
    Charset{"windows-874", "windows874 tis620 dos874 iso885911 cp874"},
    Charset{"windows-1250", "windows1250 cp1250 xcp1250"},
    Charset{"windows-1251", "windows1251 cp1251 xcp1251 win1251 win"},
    Charset{"windows-1252", "windows1252 cp1252 xcp1252 ansi"},
    Charset{"windows-1253", "windows1253 cp1253"},
    Charset{"windows-1254", "windows1254 cp1254 iso88599 latin5"},
    Charset{"windows-1255", "windows1255 cp1255"},
    Charset{"windows-1256", "windows1256 cp1256"},
    Charset{"windows-1257", "windows1257 cp1257"},
    Charset{"windows-1258", "windows1258 cp1258"},
    Charset{"iso-8859-1", "iso88591 latin1 l1"},
    Charset{"iso-8859-2", "iso88592 latin2 l2"},
    Charset{"iso-8859-4", "iso88594 latin4"},
    Charset{"iso-8859-5", "iso88595 cyrillic"},
    Charset{"iso-8859-6", "iso88596 arabic"},
    Charset{"iso-8859-7", "iso88597 greek"},
    Charset{"iso-8859-8", "iso88598 hebrew iso88598i"},
    Charset{"iso-8859-13", "iso885913"},
    Charset{"iso-8859-15", "iso885915 latin9"},
    Charset{"koi8-r", "koi8r koi8 koi"},
    Charset{"koi8-u", "koi8u"},
    Charset{"ibm866", "ibm866 cp866 866"},
    Charset{"macintosh", "macintosh mac xmacroman"},
};

constexpr size_t kLabelBytesMax = 32;

bool has_word(std::string_view words, std::string_view word) {
  for (size_t at = 0; (at = words.find(word, at)) != std::string_view::npos; ++at) {
    const size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) {
      return true;
    }
  }
  return false;
}

constexpr bool names_charset(std::string_view parameter) {
  for (std::string_view known : {"ei", "ie", "IE", "charset", "enc", "encoding", "inputEncoding",
                                 "cs", "InputEncoding", "encode", "inenc", "codepage"}) {
    if (parameter == known) return true;
  }
  return false;
}

}  // namespace

std::string_view charset_of(std::string_view label) {
  if (label.size() > kLabelBytesMax) return {};
  std::array<char, kLabelBytesMax> folded;
  size_t count = 0;
  for (char c : label) {
    if (c == '-' || c == '_' || c == ':') continue;
    if (!is_alnum(c)) return {};
    folded[count++] = to_lower(c);
  }
  if (count == 0) return {};
  const std::string_view word(folded.data(), count);
  for (const Charset& charset : kCharsets) {
    if (has_word(charset.labels, word)) return charset.name;
  }
  return {};
}

// Google's ei= is no charset but a token of its own: what is no label is passed over.
std::string_view charset_of_query(std::string_view query) {
  while (!query.empty()) {
    const Parameter parameter = take_parameter(query);
    if (!names_charset(parameter.name)) continue;
    const std::string_view charset = charset_of(parameter.value);
    if (!charset.empty()) return charset;
  }
  return {};
}

}  // namespace edgehose
