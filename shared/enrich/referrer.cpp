#include "shared/enrich/referrer.h"

#include <algorithm>
#include <cassert>

#include "shared/base/text.h"
#include "shared/enrich/charset.h"
#include "shared/enrich/query.h"
#include "shared/enrich/referrer_table.h"

namespace edgehose {
namespace {

constexpr size_t kSlots = 8'192;       // of the index; it stays half empty
constexpr size_t kSourcesMax = 4'000;  // as rules/referrers.ts checks them
constexpr size_t kNameBytesMax = 16'384;
constexpr size_t kLabelsMax = 6;
constexpr size_t kSuffixLabelsMax = 2;

// Where a chain of label hashes starts: what kind of key it finds.
constexpr uint32_t kHostSeed = 0x9e3779b9;
constexpr uint32_t kListedSeed = 0x85ebca6b;
constexpr uint32_t kSuffixSeed = 0xc2b2ae35;
constexpr uint32_t kPackageSeed = 0x27d4eb2f;

constexpr uint32_t chain(uint32_t hash, uint32_t label) {
  hash = (hash ^ label) * 0x01000193;
  return hash ^ hash >> 15;
}

constexpr uint32_t step(uint32_t hash, char c) {
  return (hash ^ static_cast<uint8_t>(c)) * 0x01000193;
}

constexpr uint32_t hash_of(std::string_view text) {
  uint32_t hash = 0x811c9dc5;
  for (char c : text) hash = step(hash, to_lower(c));
  return hash;
}

std::string_view take_until(std::string_view& text, char mark) {
  const size_t end = std::min(text.find(mark), text.size());
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
  return path.substr(0, path.find('/'));
}

}  // namespace

// The last labels of a host, from the right, as hashes. A host with more labels than any key is
// matched by its last ones.
struct ReferrerReader::Labels {
  size_t count = 0;
  std::array<uint32_t, kLabelsMax> hashes{};
  std::array<size_t, kLabelsMax> starts{};

  explicit Labels(std::string_view host) {
    size_t end = host.size();
    while (count < kLabelsMax) {
      size_t start = end;
      while (start > 0 && host[start - 1] != '.') --start;
      hashes[count] = hash_of(host.substr(start, end - start));
      starts[count++] = start;
      if (start == 0) break;
      end = start - 1;
    }
  }

  // The hash of labels `first` to `last`, counted from the right.
  uint32_t chained(uint32_t seed, size_t first, size_t last) const {
    for (size_t i = first; i <= last; ++i) seed = chain(seed, hashes[i]);
    return seed;
  }
};

ReferrerReader::ReferrerReader() : keys_(kSlots) {
  sources_.reserve(kSourcesMax);
  names_.reserve(kNameBytesMax);
  std::string_view rest = kReferrerTable;
  size_t list = 0;
  for (std::string_view line = take_until(rest, '\n'); !line.empty(); ++list) {
    add_suffixes(line, list);
    line = take_until(rest, '\n');
  }
  while (!rest.empty()) add_source(take_until(rest, '\n'));
}

void ReferrerReader::add_suffixes(std::string_view line, size_t list) {
  while (!line.empty()) {
    const std::string_view suffix = take_until(line, ' ');
    const Labels labels(suffix);
    const uint32_t hash = labels.chained(kSuffixSeed, 0, labels.count - 1);
    const auto bit = static_cast<uint16_t>(1U << list);
    if (const Key* known = find(hash, suffix, {})) {
      keys_[static_cast<size_t>(known - keys_.data())].lists |= bit;
    } else {
      add_key({hash, bit, 0, suffix});
    }
  }
}

void ReferrerReader::add_source(std::string_view line) {
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
std::string_view ReferrerReader::spell_name(std::string_view name, std::string_view hosts) {
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

void ReferrerReader::add_host(std::string_view host, uint16_t source) {
  if (host.starts_with('@')) {
    host.remove_prefix(1);
    return add_key({chain(kPackageSeed, hash_of(host)), 0, source, host});
  }
  const size_t slash = std::min(host.find('/'), host.size());
  const Labels labels(host.substr(0, slash));
  const bool is_listed = is_upper(host[slash - 1]);
  const auto lists =
      static_cast<uint16_t>(is_listed ? 1U << static_cast<unsigned>(host[slash - 1] - 'A') : 0U);
  uint32_t hash =
      labels.chained(is_listed ? kListedSeed : kHostSeed, is_listed ? 1 : 0, labels.count - 1);
  if (slash < host.size()) hash = chain(hash, hash_of(host.substr(slash + 1)));
  add_key({hash, lists, source, host});
}

void ReferrerReader::add_key(const Key& key) {
  size_t slot = key.hash % kSlots;
  while (!keys_[slot].text.empty()) slot = (slot + 1) % kSlots;
  keys_[slot] = key;
  ++key_count_;
  assert(key_count_ <= kSlots / 2);
}

// A key that is `text`, with "/" and `segment` where there is one, whatever case `text` is in.
const ReferrerReader::Key* ReferrerReader::find(uint32_t hash, std::string_view text,
                                                std::string_view segment) const {
  for (size_t slot = hash % kSlots; !keys_[slot].text.empty(); slot = (slot + 1) % kSlots) {
    const Key& key = keys_[slot];
    if (key.hash != hash) continue;
    const std::string_view host = key.text.substr(0, key.text.find('/'));
    const std::string_view path = key.text.substr(std::min(host.size() + 1, key.text.size()));
    // A key before a list ends in the list's letter.
    const bool is_listed = is_upper(host.back());
    const std::string_view own = is_listed ? host.substr(0, host.size() - 2) : host;
    if (path == segment && equals_ignoring_case(own, text)) return &key;
  }
  return nullptr;
}

const ReferrerReader::Source* ReferrerReader::find_source(const UrlParts& url) const {
  if (equals_ignoring_case(url.scheme, "android-app")) {
    const Key* key = find(chain(kPackageSeed, hash_of(url.host)), url.host, {});
    return key == nullptr ? nullptr : &sources_[key->source];
  }
  if (!equals_ignoring_case(url.scheme, "https") && !equals_ignoring_case(url.scheme, "http")) {
    return nullptr;
  }
  std::string_view host = url.host;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return nullptr;
  return find_host(Labels(host), host, first_segment(url.path));
}

// The longest match wins; with the path before without it, and written out before listed.
const ReferrerReader::Source* ReferrerReader::find_host(const Labels& labels, std::string_view host,
                                                        std::string_view segment) const {
  std::array<uint16_t, kSuffixLabelsMax + 1> lists{};
  for (size_t n = 1; n <= kSuffixLabelsMax && n < labels.count; ++n) {
    lists[n] = lists_of(labels, n, host);
  }
  for (size_t count = labels.count; count >= 2; --count) {
    const std::string_view text = host.substr(labels.starts[count - 1]);
    const uint32_t hash = labels.chained(kHostSeed, 0, count - 1);
    const Key* key = segment.empty() ? nullptr : find(chain(hash, hash_of(segment)), text, segment);
    if (key == nullptr) key = find(hash, text, {});
    if (key != nullptr) return &sources_[key->source];
    for (size_t n = kSuffixLabelsMax; n >= 1; --n) {
      if (lists[n] == 0 || n >= count) continue;
      const Source* source = find_listed(labels, count, n, host, segment);
      if (source != nullptr) return source;
    }
  }
  return nullptr;
}

// The source of the host's last `count` labels, by what stands before a listed suffix.
const ReferrerReader::Source* ReferrerReader::find_listed(const Labels& labels, size_t count,
                                                          size_t suffix_labels,
                                                          std::string_view host,
                                                          std::string_view segment) const {
  const size_t start = labels.starts[count - 1];
  const size_t end = labels.starts[suffix_labels - 1] - 1;
  const std::string_view text = host.substr(start, end - start);
  const uint32_t hash = labels.chained(kListedSeed, suffix_labels, count - 1);
  const uint16_t lists = lists_of(labels, suffix_labels, host);
  const Key* key = segment.empty() ? nullptr : find(chain(hash, hash_of(segment)), text, segment);
  if (key == nullptr || (key->lists & lists) == 0) key = find(hash, text, {});
  return key == nullptr || (key->lists & lists) == 0 ? nullptr : &sources_[key->source];
}

// The lists that hold the host's last labels.
uint16_t ReferrerReader::lists_of(const Labels& labels, size_t suffix_labels,
                                  std::string_view host) const {
  const std::string_view suffix = host.substr(labels.starts[suffix_labels - 1]);
  const Key* key = find(labels.chained(kSuffixSeed, 0, suffix_labels - 1), suffix, {});
  return key == nullptr ? uint16_t{0} : key->lists;
}

void ReferrerReader::read_term(std::string_view query, const Source& source) {
  std::string_view raw;
  for (std::string_view terms = source.terms; raw.empty() && !terms.empty();) {
    raw = find_parameter(query, take_until(terms, ' '));
  }
  if (raw.empty()) return;
  term_.clear();
  append_url_decoded(term_, raw);
  std::string_view charset = charset_of_query(query);
  if (is_utf8(term_) && charset != "iso-2022-jp") {
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
  return referrer_;
}

}  // namespace edgehose
