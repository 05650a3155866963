// S3's XML: the pieces of its answers, and the documents it takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/http/http_server.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/s3/multipart.h"

namespace edgehose {

void append_escaped(std::string& out, std::string_view text);
// <name>text</name>
void append_element(std::string& out, std::string_view name, std::string_view text);
void append_element(std::string& out, std::string_view name, uint64_t value);
// The start tag of an answer, with S3's namespace.
[[nodiscard]] std::string open_root(std::string_view name);
// 200 with a body of XML.
[[nodiscard]] HttpResponse xml_response(std::string body);
// An error in S3's XML form. Answers to HEAD have no body, which the server sees to.
[[nodiscard]] HttpResponse xml_error(const AwsError& error, std::string_view resource);

// `2026-11-22T13:00:00.123Z`
[[nodiscard]] std::string quoted_etag(std::string_view etag);
[[nodiscard]] std::string_view unquoted_etag(std::string_view etag);

// `<ChecksumCRC32>...` for each x-amz-checksum-* header, and its type.
void append_checksums(std::string& out, const ObjectHeaders& headers);

struct DeleteList {
  std::vector<std::string> keys;
  bool is_quiet = false;
};
inline constexpr size_t kDeletedKeysMax = 1'000;
[[nodiscard]] Outcome<DeleteList> read_delete_list(std::string_view xml);
[[nodiscard]] Outcome<std::vector<CompletedPart>> read_completed_parts(std::string_view xml);
// The LocationConstraint of a new bucket; empty for no body or none in it.
[[nodiscard]] Outcome<std::string> read_location(std::string_view xml);

}  // namespace edgehose
