// Objects as plain files under a data folder:
//
//   <data>/s3/<bucket>/<path>        the bytes; a Hive key stays readable as folders
//   <data>/s3-meta/<bucket>/<path>   `name: value` lines: etag, headers
//                                    (what Firehose wrote has a CRC in place of the etag, until the
//                                    first question for its MD5: that is dearer than the writing)
//   <data>/s3-temp/                  unfinished writes; emptied at start
//   <data>/s3/%uploads/<id>/         a multipart upload: its head and parts, kept as objects are
//
// A key maps to a path and back. Names between '/' become folders, the last one a file. Letters,
// digits and  . _ - = + , @ : ~ ( )  stand for themselves, any other byte is %XX. A file and a
// folder must never need the same name (keys "a" and "a/b"), so each kind of name has a mark:
//
//   file-like      a name without '=', with a '.' or at least six '-' (what Firehose writes)
//   a file         file-like names as they are, others end in %f       "a" -> "a%f"
//   a folder       others as they are, file-like names end in %d       "v1.2/a" -> "v1.2%d/a%f"
//   odd names      empty: %e    ".": %2E    "..": %2E%2E
//   long names     an encoded name above 200 bytes goes on in a folder: "<200 bytes>%c/<rest>"
//
// Hence no key leaves the bucket's folder, and no two keys meet.
#pragma once

#include <mutex>
#include <optional>

#include "simulator/engine/disk.h"
#include "simulator/services/firehose/delivery.h"
#include "simulator/services/s3/object_backend.h"

namespace edgehose {

[[nodiscard]] std::string key_to_path(std::string_view key);
// Nothing for a path that no key has.
[[nodiscard]] std::optional<std::string> path_to_key(std::string_view path);

// MD5 as 32 hexadecimal digits: what S3 calls the etag of a simple PUT.
[[nodiscard]] std::string md5_hex(std::span<const std::string_view> parts);

class ObjectStore final : public ObjectBackend, public ObjectSink {
 public:
  // `data` is the folder given to `edgehose up --data`. The disk outlives the store.
  ObjectStore(Disk& disk, std::string data);

  // Makes the folders and removes what unfinished writes left. Only the one process that writes
  // calls it; readers need not.
  [[nodiscard]] Error open();

  [[nodiscard]] Error create_bucket(const std::string& bucket, int64_t now_ms) override;
  [[nodiscard]] bool has_bucket(const std::string& bucket) const override;
  [[nodiscard]] Result<std::vector<BucketInfo>> buckets() const override;
  [[nodiscard]] Error remove_bucket(const std::string& bucket) override;
  [[nodiscard]] Result<ObjectInfo> put_if(const std::string& bucket, const std::string& key,
                                          Parts parts, const ObjectHeaders& headers,
                                          const PutCondition& condition) override;
  [[nodiscard]] Result<ObjectInfo> info(const std::string& bucket,
                                        const std::string& key) const override;
  [[nodiscard]] Result<std::string> read(const std::string& bucket, const std::string& key,
                                         uint64_t offset, uint64_t bytes) const override;
  [[nodiscard]] Error remove(const std::string& bucket, const std::string& key) override;
  [[nodiscard]] Result<std::vector<std::string>> keys(const std::string& bucket,
                                                      std::string_view prefix) const override;

  [[nodiscard]] Result<std::string> begin_upload(const UploadInfo& upload) override;
  [[nodiscard]] Result<UploadInfo> upload(const std::string& id) const override;
  [[nodiscard]] Result<std::vector<UploadInfo>> uploads(const std::string& bucket) const override;
  [[nodiscard]] Result<ObjectInfo> put_part(const std::string& id, uint32_t number, Parts parts,
                                            const ObjectHeaders& headers) override;
  [[nodiscard]] Result<std::vector<PartInfo>> parts(const std::string& id) const override;
  [[nodiscard]] Result<std::string> read_part(const std::string& id,
                                              uint32_t number) const override;
  [[nodiscard]] Result<ObjectInfo> finish_upload(const std::string& id,
                                                 std::span<const uint32_t> numbers,
                                                 const ObjectHeaders& headers,
                                                 const PutCondition& condition) override;
  [[nodiscard]] Error abort_upload(const std::string& id) override;

  // As Firehose writes: application/octet-stream.
  [[nodiscard]] Error put_delivered(const std::string& bucket, const std::string& key,
                                    Parts parts) override;

  // The file an object's bytes are in, for readers that take paths.
  [[nodiscard]] std::string object_path(const std::string& bucket, std::string_view key) const;
  [[nodiscard]] std::string bucket_path(const std::string& bucket) const;

 private:
  [[nodiscard]] std::string meta_path(const std::string& bucket, std::string_view key) const;
  [[nodiscard]] std::string next_temporary() const;
  [[nodiscard]] Error write_meta(const std::string& path, std::string_view text) const;
  // An object about to be written. `md5` is that of its bytes, which for an object of parts is not
  // its etag.
  struct Draft {
    const std::string& bucket;
    const std::string& key;
    ObjectInfo about;
    std::string md5;
  };
  // An entry of a meta file.
  struct MetaEntry {
    ObjectInfo about;
    // Of the bytes, or late_mark() of them.
    std::string md5;
  };
  [[nodiscard]] static std::string meta_text(const MetaEntry& entry);
  [[nodiscard]] static std::vector<MetaEntry> read_meta(std::string_view text);
  // The entry that is true, as it stands there.
  [[nodiscard]] Result<MetaEntry> look(const std::string& bucket, const std::string& key) const;
  // Works out the MD5 of an entry that has none. Bytes that are not those of its CRC leave it so.
  [[nodiscard]] Result<MetaEntry> settle(const std::string& bucket, const std::string& key,
                                         MetaEntry entry) const;
  // The rest of these ask that `writing_` is held. This is info(), and keeps a late MD5.
  [[nodiscard]] Result<ObjectInfo> info_and_keep(const std::string& bucket,
                                                 const std::string& key) const;
  [[nodiscard]] Result<ObjectInfo> put_draft(Draft draft, Parts parts,
                                             const PutCondition& condition);
  [[nodiscard]] Error check_condition(const std::string& bucket, const std::string& key,
                                      const PutCondition& condition) const;
  // Makes the object of the bytes in `temporary`, which are synced.
  [[nodiscard]] Result<ObjectInfo> publish(Draft draft, const std::string& temporary);
  [[nodiscard]] Error join_parts(const std::string& id, std::span<const uint32_t> numbers,
                                 const std::string& temporary, Draft& draft) const;
  [[nodiscard]] Error remove_upload(const std::string& id);
  [[nodiscard]] Error remove_tree(const std::string& folder);
  [[nodiscard]] Error collect_keys(const std::string& folder, const std::string& path,
                                   std::string_view prefix, std::vector<std::string>& keys) const;

  Disk& disk_;
  std::string data_;
  bool is_owner_ = false;       // open() was called: this is the process that writes
  mutable std::mutex writing_;  // one write at a time: meta and bytes of a key change together
  mutable uint64_t next_temporary_ = 0;
};

}  // namespace edgehose
