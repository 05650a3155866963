// Where a visitor came from, told by the address that led to the page: medium, source and what was
// searched for. The sources are those of shared/enrich/rules/referrers.yaml.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/enrich/url.h"

namespace edgehose {

// Views live until the reader's next read(), as long as the URL, or forever.
struct Referrer {
  std::string_view host;    // as in lower_host(); empty where the referrer has none
  std::string_view medium;  // search, social, mail, ai_assistant, paid, internal, unknown or none
  std::string_view source;  // e.g. "Google"; empty where it is not in the list
  std::string_view term;    // decoded; or, where it is no UTF-8, percent-encoded as sent
  std::string_view term_charset;  // of a term left percent-encoded: a label, or "unknown"
};

// Looks referrers up. The index is derived from the table when the reader is made (a few thousand
// steps); read() allocates nothing once its buffers have grown to the longest term seen, and its
// steps are bounded by the URL's length.
class ReferrerReader {
 public:
  ReferrerReader();

  // The medium is
  //   none      without a referrer
  //   internal  where it is on the page's own host, or on an internal domain or below one
  //   that of the source, by the longest host in the list that is the referrer's or above it
  //   unknown   for all others
  // The referrer alone decides: a click id on the page makes nothing paid, because it stays in
  // links that are copied and sent on (it has fields of its own). `page_host` and
  // `internal_domains` are in lower case.
  [[nodiscard]] const Referrer& read(std::string_view url, std::string_view page_host,
                                     std::span<const std::string> internal_domains);
  // The same for a URL taken apart already.
  [[nodiscard]] const Referrer& read(const UrlParts& url, std::string_view page_host,
                                     std::span<const std::string> internal_domains);

  size_t source_count() const { return sources_.size(); }
  size_t key_count() const { return keys_.size(); }

 private:
  struct Source {
    std::string_view name;
    std::string_view terms;
    std::string_view charset;
    char medium = 'U';
  };
  // A host, a host's start before a listed suffix, a package; or a suffix, whose `lists` say where
  // it is listed.
  struct Key {
    std::string_view text;  // what the URL must hold, in lower case but for packages
    std::string_view segment;
    uint16_t lists = 0;
    uint16_t source = 0;
  };
  struct Labels;

  void add_suffixes(std::string_view line, size_t list);
  void add_source(std::string_view line);
  void add_host(std::string_view host, uint16_t source);
  void add_key(uint32_t hash, const Key& key);
  std::string_view spell_name(std::string_view name, std::string_view hosts);
  const Key* find(uint32_t hash, std::string_view text, std::string_view segment) const;
  const Key* find_either(uint32_t hash, std::string_view text, std::string_view segment) const;
  const Key* find_package(std::string_view package) const;
  const Source* find_source(const UrlParts& url) const;
  const Source* find_host(std::string_view host, std::string_view segment) const;
  void read_term(std::string_view query, const Source& source);

  std::vector<Source> sources_;
  std::vector<Key> keys_;
  // Open addressing: the hash's upper half, and the key's place counted from 1. Small, so that it
  // stays in the cache.
  std::vector<uint32_t> slots_;
  std::string names_;  // those spelled by hosts
  std::string host_;
  std::string term_;
  Referrer referrer_;
};

}  // namespace edgehose
