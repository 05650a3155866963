#include "simulator/services/s3/multipart.h"

#include <algorithm>
#include <tuple>

#include "simulator/services/s3/s3.h"

namespace edgehose {
namespace {

AwsError no_such_upload() {
  return {"NoSuchUpload",
          "The specified upload does not exist. The upload ID may be invalid, or the upload may "
          "have been aborted or completed.",
          404};
}

AwsError upload_error_of(Error error) {
  return error == Error::not_found ? no_such_upload() : s3_error_of(error);
}

AwsError invalid_part() {
  return {"InvalidPart",
          "One or more of the specified parts could not be found.  The part may not have been "
          "uploaded, or the specified entity tag may not match the part's entity tag.",
          400};
}

bool has_checksums(const PartInfo& part, const CompletedPart& listed) {
  return std::all_of(listed.checksums.begin(), listed.checksums.end(), [&](const auto& checksum) {
    const ObjectHeaders& kept = part.info.headers;
    return std::find(kept.begin(), kept.end(), checksum) != kept.end();
  });
}

std::optional<AwsError> check_order(std::span<const CompletedPart> listed) {
  if (listed.empty()) {
    return AwsError{"MalformedXML",
                    "The XML you provided was not well-formed or did not validate against our "
                    "published schema",
                    400};
  }
  for (size_t i = 1; i < listed.size(); ++i) {
    if (listed[i - 1].number < listed[i].number) continue;
    return AwsError{"InvalidPartOrder",
                    "The list of parts was not in ascending order. Parts must be ordered by part "
                    "number.",
                    400};
  }
  return std::nullopt;
}

std::optional<AwsError> check_sizes(const std::vector<PartInfo>& parts) {
  uint64_t bytes = 0;
  for (const PartInfo& part : parts) {
    bytes += part.info.bytes;
    if (&part != &parts.back() && part.info.bytes < kPartBytesMin) {
      return AwsError{"EntityTooSmall",
                      "Your proposed upload is smaller than the minimum allowed size", 400};
    }
  }
  if (bytes <= kAssembledBytesMax) return std::nullopt;
  return AwsError{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.", 400};
}

}  // namespace

std::optional<AwsError> check_part_number(uint64_t number) {
  if (number >= 1 && number <= kPartNumberMax) return std::nullopt;
  return AwsError{"InvalidArgument",
                  "Part number must be an integer between 1 and 10000, inclusive", 400};
}

Outcome<std::string> Multipart::begin(const UploadInfo& upload) {
  if (auto error = check_key(upload.key)) return *error;
  if (!is_bucket_name(upload.bucket)) return no_such_bucket();
  auto id = backend_.begin_upload(upload);
  if (id) return std::move(id).value();
  return id.error() == Error::not_found ? no_such_bucket() : s3_error_of(id.error());
}

Outcome<UploadInfo> Multipart::find(const UploadName& name) const {
  if (!is_bucket_name(name.bucket) || !backend_.has_bucket(name.bucket)) return no_such_bucket();
  auto upload = backend_.upload(name.id);
  if (!upload) return upload_error_of(upload.error());
  const bool is_same = upload.value().bucket == name.bucket && upload.value().key == name.key;
  if (!is_same) return no_such_upload();
  return std::move(upload).value();
}

Outcome<ObjectInfo> Multipart::put_part(const UploadName& name, uint32_t number,
                                        std::string_view bytes, const ObjectHeaders& headers) {
  if (auto error = check_part_number(number)) return *error;
  if (const auto upload = find(name); !upload) return upload.error();
  auto written = backend_.put_part(name.id, number, std::span(&bytes, 1), headers);
  if (!written) return upload_error_of(written.error());
  return std::move(written).value();
}

Outcome<Assembly> Multipart::assemble(const UploadName& name,
                                      std::span<const CompletedPart> listed) const {
  auto upload = find(name);
  if (!upload) return upload.error();
  if (auto error = check_order(listed)) return *error;
  const auto parts = backend_.parts(name.id);
  if (!parts) return upload_error_of(parts.error());
  Assembly assembly{.id = name.id, .headers = std::move(upload.value().headers), .parts = {}};
  auto at = parts.value().begin();
  for (const CompletedPart& wanted : listed) {
    at = std::find_if(at, parts.value().end(),
                      [&](const PartInfo& part) { return part.number == wanted.number; });
    if (at == parts.value().end()) return invalid_part();
    if (at->info.etag != wanted.etag || !has_checksums(*at, wanted)) return invalid_part();
    assembly.parts.push_back(*at);
  }
  if (auto error = check_sizes(assembly.parts)) return *error;
  return assembly;
}

Outcome<std::string> Multipart::read_part(const Assembly& assembly, uint32_t number) const {
  auto bytes = backend_.read_part(assembly.id, number);
  if (!bytes) return upload_error_of(bytes.error());
  return std::move(bytes).value();
}

Outcome<ObjectInfo> Multipart::complete(const Assembly& assembly, const ObjectHeaders& headers,
                                        const PutCondition& condition) {
  std::vector<uint32_t> numbers;
  numbers.reserve(assembly.parts.size());
  for (const PartInfo& part : assembly.parts) numbers.push_back(part.number);
  auto written = backend_.finish_upload(assembly.id, numbers, headers, condition);
  if (written) return std::move(written).value();
  const bool is_condition = written.error() == Error::already_exists || !condition.etag.empty();
  return is_condition ? put_error_of(written.error(), condition) : upload_error_of(written.error());
}

std::optional<AwsError> Multipart::abort(const UploadName& name) {
  if (const auto upload = find(name); !upload) return upload.error();
  const Error error = backend_.abort_upload(name.id);
  return error == Error::none ? std::nullopt : std::optional(upload_error_of(error));
}

Outcome<Page<PartInfo>> Multipart::list_parts(const UploadName& name, uint32_t after,
                                              uint32_t count) const {
  if (const auto upload = find(name); !upload) return upload.error();
  auto parts = backend_.parts(name.id);
  if (!parts) return upload_error_of(parts.error());
  Page<PartInfo> page;
  for (PartInfo& part : parts.value()) {
    if (part.number <= after) continue;
    page.has_more = page.entries.size() == count;
    if (page.has_more) break;
    page.entries.push_back(std::move(part));
  }
  return page;
}

Outcome<Page<UploadInfo>> Multipart::list_uploads(const std::string& bucket,
                                                  std::string_view prefix, const UploadName& after,
                                                  uint32_t count) const {
  if (!is_bucket_name(bucket) || !backend_.has_bucket(bucket)) return no_such_bucket();
  auto uploads = backend_.uploads(bucket);
  if (!uploads) return s3_error_of(uploads.error());
  Page<UploadInfo> page;
  for (UploadInfo& upload : uploads.value()) {
    if (!upload.key.starts_with(prefix)) continue;
    // Without an id the whole key of the marker is behind.
    const bool is_behind = after.id.empty()
                               ? upload.key <= after.key
                               : std::tie(upload.key, upload.id) <= std::tie(after.key, after.id);
    if (!after.key.empty() && is_behind) continue;
    page.has_more = page.entries.size() == count;
    if (page.has_more) break;
    page.entries.push_back(std::move(upload));
  }
  return page;
}

}  // namespace edgehose
