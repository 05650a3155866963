// The sources of shared/enrich/rules/referrers.yaml as one text, made when the core is built.
//
//   a line each list of suffixes, separated by blanks; the first is list A
//   an empty line
//   a line each source: letter of its medium and name TAB hosts, separated by blanks; for search
//   the parameters of terms and the charset, each with a TAB, stand between name and hosts
//
// A host whose last label is a capital letter stands for each suffix of that list, one with a slash
// for a path's first segment below it, one with an @ for an Android package. A name that a host
// tells is spelled by it: empty (its first label, capitalized), = (its first label), ^ (that in
// capitals) or ~ (the host, capitalized), and that host comes first.
#pragma once

#include <string_view>

namespace edgehose {

extern const std::string_view kReferrerTable;

}  // namespace edgehose
