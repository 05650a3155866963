#include "shared/enrich/referrer.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

struct Case {
  std::string url;
  std::string medium;
  std::string source;
  std::string term;
  std::string charset;
};

void check(const std::vector<Case>& cases) {
  ReferrerReader reader;
  for (const Case& c : cases) {
    CAPTURE(c.url);
    const Referrer& referrer = reader.read(c.url, "note.example", {});
    CHECK(referrer.medium == c.medium);
    CHECK(referrer.source == c.source);
    CHECK(referrer.term == c.term);
    CHECK(referrer.term_charset == c.charset);
  }
}

}  // namespace

TEST_CASE("referrer: a source is found by the longest host that is the referrer's or above it") {
  check({
      {"https://www.google.com/", "search", "Google", "", ""},
      {"https://google.co.jp/", "search", "Google", "", ""},
      {"https://WWW.GOOGLE.CO.JP/", "search", "Google", "", ""},
      {"https://www.google.com./", "search", "Google", "", ""},
      {"https://www.google.com:443/", "search", "Google", "", ""},
      {"https://mail.google.com/mail/u/0/", "mail", "Gmail", "", ""},
      {"https://gemini.google.com/", "ai_assistant", "Gemini", "", ""},
      {"https://docs.google.com/", "unknown", "Google Docs", "", ""},
      {"https://images.google.de/", "search", "Google Images", "", ""},
      {"https://www.google.de/imgres?q=x", "search", "Google Images", "x", ""},
      {"https://www.google.de/imgresx?q=x", "search", "Google", "x", ""},
      {"https://www.google.com/aclk?sa=l", "paid", "Google Ads", "", ""},
      {"https://www.bing.com/chat", "ai_assistant", "Copilot", "", ""},
      {"https://www.bing.com/", "search", "Bing", "", ""},
      {"https://a.b.c.d.e.f.g.h.facebook.com/", "social", "Facebook", "", ""},
      {"https://t.co/abc", "social", "X (Twitter)", "", ""},
      {"https://x.com/", "social", "X (Twitter)", "", ""},
      {"https://chatgpt.com/", "ai_assistant", "ChatGPT", "", ""},
      {"https://www.perplexity.ai/", "ai_assistant", "Perplexity", "", ""},
      {"https://ad.doubleclick.net/", "paid", "DoubleClick", "", ""},
      {"https://www.googleadservices.com/pagead/aclk", "paid", "Google Ads", "", ""},
  });
}

TEST_CASE("referrer: a list of suffixes ends a host and nothing else") {
  check({
      {"https://google.evil.example/", "unknown", "", "", ""},
      {"https://google.com.evil.example/", "unknown", "", "", ""},
      {"https://evilgoogle.com/", "unknown", "", "", ""},
      {"https://google.evil/", "unknown", "", "", ""},
      {"https://google/", "unknown", "", "", ""},
      {"https://google.co/", "unknown", "", "", ""},
      {"https://www.google.com.br/", "search", "Google", "", ""},
      {"https://yandex.com.tr/search/?text=a", "search", "Yandex", "a", ""},
      {"https://mail.yandex.ru/", "mail", "Yandex Mail", "", ""},
      {"https://.google.com/", "search", "Google", "", ""},
      {"https://google..com/", "unknown", "", "", ""},
      {"https://com/", "unknown", "", "", ""},
      {"https://./", "unknown", "", "", ""},
      {"https://[::1]/", "unknown", "", "", ""},
  });
}

TEST_CASE("referrer: the page that a redirect leads to was not searched for") {
  check({
      {"https://www.google.com/url?q=https://ex.jp/&sa=D", "search", "Google", "", ""},
      {"https://www.google.co.jp/url?sa=t&q=http%3A%2F%2Fex.jp%2F", "search", "Google", "", ""},
      {"https://www.google.com/url?sa=t&q=shoes&url=https://ex.jp/", "search", "Google", "shoes",
       ""},
      {"https://www.google.com/search?q=https://ex.jp/", "search", "Google", "https://ex.jp/", ""},
  });
}

TEST_CASE("referrer: the sources of Japan are told apart") {
  check({
      {"https://search.yahoo.co.jp/search?p=%E6%9D%B1%E4%BA%AC&ei=UTF-8", "search", "Yahoo! JAPAN",
       "\xe6\x9d\xb1\xe4\xba\xac", ""},
      {"https://www.yahoo.co.jp/", "search", "Yahoo! JAPAN", "", ""},
      {"https://news.yahoo.co.jp/", "unknown", "Yahoo! JAPAN News", "", ""},
      {"https://movies.yahoo.co.jp/", "unknown", "", "", ""},
      {"https://detail.chiebukuro.yahoo.co.jp/", "social", "Yahoo! Chiebukuro", "", ""},
      {"https://mail.yahoo.co.jp/", "mail", "Yahoo! JAPAN Mail", "", ""},
      {"https://search.goo.ne.jp/web.jsp?MT=a+b&IE=UTF-8", "search", "goo", "a b", ""},
      {"https://websearch.rakuten.co.jp/?qt=x", "search", "Rakuten Websearch", "x", ""},
      {"https://note.com/a/n/b", "social", "note", "", ""},
      {"https://b.hatena.ne.jp/", "social", "Hatena Bookmark", "", ""},
      {"https://someone.hatenablog.com/", "social", "Hatena Blog", "", ""},
      {"https://mixi.jp/", "social", "mixi", "", ""},
      {"https://ameblo.jp/x/", "social", "Ameba", "", ""},
      {"https://liff.line.me/", "social", "LINE", "", ""},
      {"https://www.smartnews.com/", "social", "SmartNews", "", ""},
      {"https://gunosy.com/", "social", "Gunosy", "", ""},
      {"https://www.nicovideo.jp/", "social", "Niconico", "", ""},
      {"https://www.pixiv.net/", "social", "pixiv", "", ""},
      {"https://egg.5ch.net/", "social", "5ch", "", ""},
      {"https://px.a8.net/", "paid", "A8.net", "", ""},
  });
}

TEST_CASE("referrer: portals and news of Japan have a name, and their search stays search") {
  check({
      {"https://smt.docomo.ne.jp/", "unknown", "dmenu", "", ""},
      {"https://topics.smt.docomo.ne.jp/article/x", "unknown", "dmenu", "", ""},
      {"https://dmenu.jp/", "unknown", "dmenu", "", ""},
      {"https://service.smt.docomo.ne.jp/portal/search?q=x", "search", "docomo", "x", ""},
      {"https://mail.smt.docomo.ne.jp/", "mail", "docomo Mail", "", ""},
      {"https://article.auone.jp/detail/1", "unknown", "au Portal", "", ""},
      {"https://sp.auone.jp/", "unknown", "au Portal", "", ""},
      {"https://search.auone.jp/?q=x", "search", "au", "x", ""},
      {"https://mail.auone.jp/", "mail", "au Mail", "", ""},
      {"https://news.goo.ne.jp/article/1", "unknown", "goo News", "", ""},
      {"https://www.goo.ne.jp/", "search", "goo", "", ""},
      {"https://news.infoseek.co.jp/", "unknown", "Infoseek News", "", ""},
      {"https://www.excite.co.jp/news/article/1", "unknown", "excite News", "", ""},
      {"https://www.excite.co.jp/", "search", "excite Japan", "", ""},
      {"https://news.biglobe.ne.jp/", "unknown", "BIGLOBE News", "", ""},
      {"https://www.rakuten.co.jp/shop/", "unknown", "Rakuten", "", ""},
      {"https://plaza.rakuten.co.jp/x/", "social", "Rakuten Blog", "", ""},
      {"https://hb.afl.rakuten.co.jp/", "paid", "Rakuten Affiliate", "", ""},
      {"https://bbs.kakaku.com/", "social", "Kakaku.com Forum", "", ""},
      {"https://kakaku.com/item/1/", "unknown", "Kakaku.com", "", ""},
      {"https://tabelog.com/tokyo/", "social", "Tabelog", "", ""},
      {"https://someone.jugem.jp/", "social", "JUGEM", "", ""},
      {"android-app://com.gunosy/", "social", "Gunosy", "", ""},
      {"android-app://com.kakaku.tabelog/", "social", "Tabelog", "", ""},
  });
}

TEST_CASE("referrer: news, mail and documents of a search engine are no search") {
  check({
      {"https://news.google.com/", "unknown", "Google News", "", ""},
      {"https://news.google.co.jp/?q=x", "unknown", "Google News", "", ""},
      {"android-app://com.google.android.apps.magazines/", "unknown", "Google News", "", ""},
      {"https://classroom.google.com/", "unknown", "Google Workspace", "", ""},
      {"https://meet.google.com/", "unknown", "Google Workspace", "", ""},
      {"https://photos.google.com/", "unknown", "Google Photos", "", ""},
      {"https://console.cloud.google.com/", "unknown", "Google Developers", "", ""},
      {"https://trends.google.co.jp/", "unknown", "Google Trends", "", ""},
      {"https://scholar.google.com/scholar?q=x", "search", "Google Scholar", "x", ""},
      {"https://cse.google.com/cse?q=x", "search", "Google", "x", ""},
      {"https://rewards.bing.com/", "unknown", "Microsoft Rewards", "", ""},
      {"https://www.bing.com/search?q=x", "search", "Bing", "x", ""},
      {"https://www.yahoo.com/news/x", "unknown", "Yahoo! News", "", ""},
      {"https://www.yahoo.com/", "search", "Yahoo!", "", ""},
      {"https://n.news.naver.com/", "unknown", "Naver News", "", ""},
      {"https://mail.naver.com/", "mail", "Naver Mail", "", ""},
      {"https://m.search.naver.com/?query=x", "search", "Naver", "x", ""},
      {"https://baijiahao.baidu.com/", "unknown", "Baidu News", "", ""},
      {"https://passport.baidu.com/", "unknown", "Baidu Account", "", ""},
      {"https://m.baidu.com/s?wd=x", "search", "Baidu", "x", ""},
      {"https://disk.yandex.com.tr/", "unknown", "Yandex Disk", "", ""},
      {"https://yandex.kz/news/story", "unknown", "Yandex News", "", ""},
      {"https://yandex.ru/maps/213/", "unknown", "Yandex Maps", "", ""},
      {"https://yandex.kz/search/?text=x", "search", "Yandex", "x", ""},
  });
}

TEST_CASE("referrer: apps are told by their package") {
  check({
      {"android-app://com.google.android.gm/", "mail", "Gmail", "", ""},
      {"android-app://com.google.android.gm", "mail", "Gmail", "", ""},
      {"android-app://com.google.android.googlequicksearchbox/https/www.google.com", "search",
       "Google", "", ""},
      {"android-app://jp.naver.line.android/", "social", "LINE", "", ""},
      {"android-app://com.Slack/", "social", "Slack", "", ""},
      {"android-app://com.google.android.gm.evil/", "unknown", "", "", ""},
      {"android-app://evil.com.google.android.gm/", "unknown", "", "", ""},
      {"https://com.google.android.gm/", "unknown", "", "", ""},
      {"android-app://www.google.com/", "unknown", "", "", ""},
      {"ftp://www.google.com/", "unknown", "", "", ""},
  });
}

TEST_CASE("referrer: a term is decoded where it is UTF-8, and else kept with its charset named") {
  check({
      {"https://www.google.com/search?q=a+b%20c&hl=ja", "search", "Google", "a b c", ""},
      {"https://www.google.com/search?q=&oq=x&as_q=y", "search", "Google", "y", ""},
      {"https://www.google.com/search?xq=1&qq=2", "search", "Google", "", ""},
      {"https://www.google.com/search?q=a&q=b", "search", "Google", "a", ""},
      {"https://www.google.com/search?q=%93%8C%8B%9E&ie=Shift_JIS&ei=Zx81Y_aBCd", "search",
       "Google", "%93%8C%8B%9E", "shift_jis"},
      {"https://search.yahoo.co.jp/search?p=%C5%EC%B5%FE&ei=EUC-JP", "search", "Yahoo! JAPAN",
       "%C5%EC%B5%FE", "euc-jp"},
      {"https://search.yahoo.co.jp/search?p=%C5%EC%B5%FE", "search", "Yahoo! JAPAN", "%C5%EC%B5%FE",
       "unknown"},
      {"https://www.baidu.com/s?wd=%B1%B1%BE%A9", "search", "Baidu", "%B1%B1%BE%A9", "gbk"},
      {"https://www.baidu.com/s?wd=%E5%8C%97%E4%BA%AC&ie=gb2312", "search", "Baidu",
       "\xe5\x8c\x97\xe4\xba\xac", ""},
      {"https://www.google.ru/search?q=%CC+%EE&ie=windows-1251", "search", "Google", "%CC+%EE",
       "windows-1251"},
      {"https://www.google.com/search?q=%1B%24B%25F&ie=ISO-2022-JP", "search", "Google",
       "%1B%24B%25F", "iso-2022-jp"},
      {"https://www.google.com/search?q=%ff\xe6\x97\xa5", "search", "Google", "%ff%E6%97%A5",
       "unknown"},
      {"https://www.google.com/search?q=100%", "search", "Google", "100%", ""},
      {"https://www.google.com/search?q=%E6%9D%B1#x", "search", "Google", "\xe6\x9d\xb1", ""},
      {"https://www.facebook.com/?q=x", "social", "Facebook", "", ""},
      {"https://unknown.example/?q=x", "unknown", "", "", ""},
  });
}

TEST_CASE("referrer: no referrer is none, and what is no URL is unknown") {
  check({
      {"", "none", "", "", ""},
      {"google.com", "unknown", "", "", ""},
      {"about:blank", "unknown", "", "", ""},
      {"https://", "unknown", "", "", ""},
      {"https://example.com/", "unknown", "", "", ""},
  });
}

TEST_CASE("referrer: a page's own host and the internal domains are internal") {
  ReferrerReader reader;
  const std::vector<std::string> domains = {"example.com", "example.co.jp", ""};
  const auto medium = [&](const std::string& url) {
    return std::string(reader.read(url, "www.google.com", domains).medium);
  };
  CHECK(medium("https://www.google.com/search?q=x") == "internal");
  CHECK(medium("https://google.com/") == "search");
  CHECK(medium("https://example.com/a") == "internal");
  CHECK(medium("https://A.B.Example.com/a") == "internal");
  CHECK(medium("https://notexample.com/") == "unknown");
  CHECK(medium("https://example.com.evil.example/") == "unknown");
  CHECK(medium("") == "none");
  CHECK(medium("about:blank") == "unknown");
  CHECK(reader.read("https://www.google.com/search?q=x", "www.google.com", domains).term.empty());
}

TEST_CASE("referrer: the host is given in lower case, for a source or not") {
  ReferrerReader reader;
  CHECK(reader.read("https://Example.COM:8080/", "", {}).host == "example.com");
  CHECK(reader.read("android-app://com.Example/", "", {}).host == "com.Example");
  CHECK(reader.read("about:blank", "", {}).host.empty());
}
