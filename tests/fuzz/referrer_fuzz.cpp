// A referrer always has a medium of the list and text that is UTF-8, and the page's own host is
// internal. Input: page host, then internal domain, then the referrer, by newlines.
#include "shared/enrich/referrer.h"

#include <set>
#include <vector>

#include "shared/enrich/campaign.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

std::string take_line(std::string_view& in) {
  const size_t end = std::min(in.find('\n'), in.size());
  const std::string line(in.substr(0, end));
  in.remove_prefix(std::min(end + 1, in.size()));
  return line;
}

void check_campaign(std::string_view query) {
  std::string scratch;
  Campaign campaign;
  read_campaign(query, scratch, campaign);
  for (std::string_view value : campaign.values) check(is_utf8(value), "a campaign is UTF-8");
  check(is_utf8(campaign.click_id), "a click id is UTF-8");
  check(campaign.click_id.empty() == campaign.click_id_kind.empty(), "a click id has a kind");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // One reader for all inputs: what it read before must leave nothing behind.
  static auto* const reader = new ReferrerReader;
  static const std::set<std::string_view> media = {"search", "social",   "mail",    "ai_assistant",
                                                   "paid",   "internal", "unknown", "none"};
  const std::string text = text_of(data, size);
  std::string_view in = text;
  const std::string page_host = take_line(in);
  const std::vector<std::string> domains = {take_line(in)};
  const std::string url(in);

  const Referrer referrer = reader->read(url, page_host, domains);
  check(media.contains(referrer.medium), "the medium is one of the list");
  check((referrer.medium == "none") == url.empty(), "none is without a referrer");
  check(is_utf8(referrer.source) && is_utf8(referrer.term), "source and term are UTF-8");
  check(referrer.term_charset.empty() || !referrer.term.empty(), "a charset belongs to a term");
  if (!referrer.term.empty()) check(referrer.medium == "search", "a term is of a search");
  if (!referrer.host.empty()) {
    const std::string host(referrer.host);
    check(reader->read(url, host, {}).medium == "internal", "the own host is internal");
  }
  UrlParts parts;
  if (split_url(url, parts)) check_campaign(parts.query);
  return 0;
}
