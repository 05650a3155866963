#include "shared/enrich/referrer.h"

#include <algorithm>
#include <cassert>

#include "shared/base/byte_kernels.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"
#include "shared/enrich/charset.h"
#include "shared/enrich/query.h"
#include "shared/enrich/referrer_table.h"

namespace edgehose {
namespace {

// rules/referrers.ts lets the table hold 4,000 hosts: with the suffixes, the index keeps room.
constexpr size_t kSlots = 8'192;
constexpr size_t kNameBytesMax = 16'384;
constexpr size_t kLabelsMax = 6;
constexpr size_t kSuffixLabelsMax = 2;

// Where a chain of label hashes starts: what kind of key it finds.
constexpr uint32_t kHostSeed = 0x9e3779b9;
constexpr uint32_t kListedSeed = 0x85ebca6b;
constexpr uint32_t kSuffixSeed = 0xc2b2ae35;
constexpr uint32_t kPackageSeed = 0x27d4eb2f;

constexpr uint32_t chain(uint32_t hash, uint32_t label) {
  hash = (hash ^ label) * 0x9e3779b1;
  return hash ^ hash >> 15;
}

// From the right, as hosts are read. Letters of both cases hash alike; so do some other bytes,
// which the comparison tells apart.
constexpr uint32_t step(uint32_t hash, char c) {
  return hash * 31 + (static_cast<uint8_t>(c) | 0x20);
}

constexpr uint32_t hash_of(std::string_view text) {
  uint32_t hash = 0;
  for (size_t i = text.size(); i > 0; --i) hash = step(hash, text[i - 1]);
  return hash;
}

// `lower` is in lower case.
bool equals_lower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != lower[i]) return false;
  }
  return true;
}

std::string_view take_until(std::string_view& text, char mark) {
  const size_t end = find_byte(text, mark);
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

std::string_view medium_of(char letter) {
  switch (letter) {
    case 'S':
      return "search";
    case 'C':
      return "social";
    case 'M':
      return "mail";
    case 'A':
      return "ai_assistant";
    case 'P':
      return "paid";
    default:
      return "unknown";
  }
}

// Where Google sends a visitor on: q is then what was searched for, or the page that is next.
constexpr std::string_view kRedirectPath = "/url";

bool is_web_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

bool is_at_or_below(std::string_view host, std::string_view domain) {
  return host.ends_with(domain) &&
         (host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.');
}

bool is_internal(std::string_view host, std::string_view page_host,
                 std::span<const std::string> internal_domains) {
  if (host.empty()) return false;
  if (host == page_host) return true;
  return std::any_of(internal_domains.begin(), internal_domains.end(),
                     [host](const std::string& domain) {
                       return !domain.empty() && is_at_or_below(host, domain);
                     });
}

// The first segment of a path, which some sources are told by.
std::string_view first_segment(std::string_view path) {
  if (!path.starts_with('/')) return {};
  path.remove_prefix(1);
  return path.substr(0, find_byte(path, '/'));
}

}  // namespace

// The last labels of a host, from the right, as hashes. A host with more labels than any key is
// matched by its last ones.
struct ReferrerReader::Labels {
  size_t count = 0;
  std::array<uint32_t, kLabelsMax> hashes;
  std::array<size_t, kLabelsMax> starts;

  explicit Labels(std::string_view host) {
    uint32_t hash = 0;
    for (size_t at = host.size(); at > 0; --at) {
      const char c = host[at - 1];
      if (c != '.') {
        hash = step(hash, c);
        continue;
      }
      add(hash, at);
      if (count == kLabelsMax) return;
      hash = 0;
    }
    add(hash, 0);
  }

  void add(uint32_t hash, size_t start) {
    hashes[count] = hash;
    starts[count++] = start;
  }

  // The hash of labels `first` to `last`, counted from the right.
  uint32_t chained(uint32_t seed, size_t first, size_t last) const {
    for (size_t i = first; i <= last; ++i) seed = chain(seed, hashes[i]);
    return seed;
  }
};

EDGEHOSE_RARE ReferrerReader::ReferrerReader() : slots_(kSlots) {
  sources_.reserve(1'024);
  keys_.reserve(2'560);
  names_.reserve(kNameBytesMax);
  std::string_view rest = kReferrerTable;
  size_t list = 0;
  for (std::string_view line = take_until(rest, '\n'); !line.empty(); ++list) {
    add_suffixes(line, list);
    line = take_until(rest, '\n');
  }
  while (!rest.empty()) add_source(take_until(rest, '\n'));
}

EDGEHOSE_RARE void ReferrerReader::add_suffixes(std::string_view line, size_t list) {
  while (!line.empty()) {
    const std::string_view suffix = take_until(line, ' ');
    const Labels labels(suffix);
    const uint32_t hash = labels.chained(kSuffixSeed, 0, labels.count - 1);
    const auto bit = static_cast<uint16_t>(1U << list);
    if (const Key* known = find(hash, suffix, {})) {
      keys_[static_cast<size_t>(known - keys_.data())].lists |= bit;
    } else {
      add_key(hash, {suffix, {}, bit, 0});
    }
  }
}

EDGEHOSE_RARE void ReferrerReader::add_source(std::string_view line) {
  Source source;
  source.medium = line.front();
  line.remove_prefix(1);
  const std::string_view name = take_until(line, '\t');
  if (source.medium == 'S') {
    source.terms = take_until(line, '\t');
    source.charset = take_until(line, '\t');
  }
  source.name = spell_name(name, line);
  const auto index = static_cast<uint16_t>(sources_.size());
  sources_.push_back(source);
  while (!line.empty()) add_host(take_until(line, ' '), index);
}

// See referrer_table.h. The names' memory never moves.
EDGEHOSE_RARE std::string_view ReferrerReader::spell_name(std::string_view name,
                                                          std::string_view hosts) {
  const bool is_spelled = name.empty() || name == "=" || name == "^" || name == "~";
  if (!is_spelled) return name;
  std::string_view told = hosts.substr(0, hosts.find(' '));
  if (name != "~") told = told.substr(0, told.find('.'));
  assert(names_.size() + told.size() <= kNameBytesMax);
  const size_t start = names_.size();
  for (char c : told) {
    const bool is_raised = name == "^" || (name != "=" && names_.size() == start);
    names_.push_back(is_raised && is_lower(c) ? static_cast<char>(c - 32) : c);
  }
  return std::string_view(names_).substr(start);
}

EDGEHOSE_RARE void ReferrerReader::add_host(std::string_view host, uint16_t source) {
  if (host.starts_with('@')) {
    host.remove_prefix(1);
    return add_key(chain(kPackageSeed, hash_of(host)), {host, {}, 0, source});
  }
  const std::string_view text = take_until(host, '/');
  const std::string_view segment = host;
  const Labels labels(text);
  const bool is_listed = is_upper(text.back());
  Key key = {text, segment, 0, source};
  if (is_listed) {
    key.text.remove_suffix(2);
    key.lists = static_cast<uint16_t>(1U << static_cast<unsigned>(text.back() - 'A'));
  }
  uint32_t hash =
      labels.chained(is_listed ? kListedSeed : kHostSeed, is_listed ? 1 : 0, labels.count - 1);
  if (!segment.empty()) hash = chain(hash, hash_of(segment));
  add_key(hash, key);
}

EDGEHOSE_RARE void ReferrerReader::add_key(uint32_t hash, const Key& key) {
  keys_.push_back(key);
  assert(keys_.size() < kSlots);
  size_t slot = hash % kSlots;
  while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
  slots_[slot] = (hash & 0xffff0000) | static_cast<uint32_t>(keys_.size());
}

// The key for `text`, and for `segment` where there is one.
const ReferrerReader::Key* ReferrerReader::find(uint32_t hash, std::string_view text,
                                                std::string_view segment) const {
  for (size_t slot = hash % kSlots; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
    if ((slots_[slot] ^ hash) >> 16 != 0) continue;
    const Key& key = keys_[(slots_[slot] & 0xffff) - 1];
    if (key.segment == segment && equals_lower(text, key.text)) return &key;
  }
  return nullptr;
}

// With the segment before without it.
const ReferrerReader::Key* ReferrerReader::find_either(uint32_t hash, std::string_view text,
                                                       std::string_view segment) const {
  if (!segment.empty()) {
    if (const Key* key = find(chain(hash, hash_of(segment)), text, segment)) return key;
  }
  return find(hash, text, {});
}

const ReferrerReader::Source* ReferrerReader::find_source(const UrlParts& url) const {
  if (url.kind == UrlKind::other) {
    if (!equals_lower(url.scheme, "android-app")) return nullptr;
    const Key* key = find_package(url.host);
    return key == nullptr ? nullptr : &sources_[key->source];
  }
  // Of the special schemes, pages have these two.
  if (!equals_lower(url.scheme, "https") && !equals_lower(url.scheme, "http")) return nullptr;
  std::string_view host = url.host;
  if (host.ends_with('.')) host.remove_suffix(1);
  return host.empty() ? nullptr : find_host(host, first_segment(url.path));
}

// Packages mind case. Each has its own key, so a slot's key is compared as it stands.
const ReferrerReader::Key* ReferrerReader::find_package(std::string_view package) const {
  const uint32_t hash = chain(kPackageSeed, hash_of(package));
  for (size_t slot = hash % kSlots; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
    if ((slots_[slot] ^ hash) >> 16 != 0) continue;
    const Key& key = keys_[(slots_[slot] & 0xffff) - 1];
    if (key.text == package) return &key;
  }
  return nullptr;
}

// The longest match wins; with the path before without it, and written out before listed.
const ReferrerReader::Source* ReferrerReader::find_host(std::string_view host,
                                                        std::string_view segment) const {
  const Labels labels(host);
  std::array<uint16_t, kSuffixLabelsMax + 1> lists{};
  for (size_t n = 1; n <= kSuffixLabelsMax && n < labels.count; ++n) {
    const std::string_view suffix = host.substr(labels.starts[n - 1]);
    const Key* key = find(labels.chained(kSuffixSeed, 0, n - 1), suffix, {});
    if (key != nullptr) lists[n] = key->lists;
  }
  for (size_t count = labels.count; count >= 2; --count) {
    const size_t start = labels.starts[count - 1];
    const uint32_t hash = labels.chained(kHostSeed, 0, count - 1);
    if (const Key* key = find_either(hash, host.substr(start), segment)) {
      return &sources_[key->source];
    }
    for (size_t n = std::min(kSuffixLabelsMax, count - 1); n >= 1; --n) {
      if (lists[n] == 0) continue;
      const std::string_view text = host.substr(start, labels.starts[n - 1] - 1 - start);
      const uint32_t listed = labels.chained(kListedSeed, n, count - 1);
      const Key* key = find_either(listed, text, segment);
      if (key != nullptr && (key->lists & lists[n]) == 0) key = find(listed, text, {});
      if (key != nullptr && (key->lists & lists[n]) != 0) return &sources_[key->source];
    }
  }
  return nullptr;
}

EDGEHOSE_RARE void ReferrerReader::read_term(std::string_view query, const Source& source) {
  std::string_view raw;
  for (std::string_view terms = source.terms; raw.empty() && !terms.empty();) {
    raw = find_parameter(query, take_until(terms, ' '));
  }
  if (raw.empty()) return;
  term_.clear();
  append_url_decoded(term_, raw);
  // ISO-2022-JP is ASCII to the eye; its escape character tells.
  const bool may_be_utf8 = is_utf8(term_);
  if (may_be_utf8 && term_.find('\x1b') == std::string::npos) {
    referrer_.term = term_;
    return;
  }
  std::string_view charset = charset_of_query(query);
  if (may_be_utf8 && charset != "iso-2022-jp") {
    referrer_.term = term_;
    return;
  }
  if (charset.empty() || charset == "utf-8") charset = source.charset;
  term_.clear();
  append_ascii_url(term_, raw);
  referrer_.term = term_;
  referrer_.term_charset = charset.empty() ? "unknown" : charset;
}

const Referrer& ReferrerReader::read(std::string_view url, std::string_view page_host,
                                     std::span<const std::string> internal_domains) {
  UrlParts parts;
  if (!url.empty() && !split_url(url, parts)) {
    referrer_ = {};
    referrer_.medium = "unknown";
    return referrer_;
  }
  return read(parts, page_host, internal_domains);
}

const Referrer& ReferrerReader::read(const UrlParts& url, std::string_view page_host,
                                     std::span<const std::string> internal_domains) {
  referrer_ = {};
  if (url.scheme.empty()) {
    referrer_.medium = "none";
    return referrer_;
  }
  referrer_.host = lower_host(url, host_);
  if (is_internal(referrer_.host, page_host, internal_domains)) {
    referrer_.medium = "internal";
    return referrer_;
  }
  const Source* source = find_source(url);
  referrer_.medium = medium_of(source == nullptr ? 'U' : source->medium);
  if (source == nullptr) return referrer_;
  referrer_.source = source->name;
  if (!source->terms.empty() && !url.query.empty()) read_term(url.query, *source);
  if (url.path == kRedirectPath && is_web_url(referrer_.term)) {
    referrer_.term = {};
    referrer_.term_charset = {};
  }
  return referrer_;
}

}  // namespace edgehose
