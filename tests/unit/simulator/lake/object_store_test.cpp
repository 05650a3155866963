#include "simulator/lake/object_store.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "simulator/engine/memory_disk.h"
#include "simulator/engine/posix_disk.h"
#include "simulator/engine/random.h"
#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

// Keys from few, nasty pieces, so that files and folders often want the same name.
std::string nasty_key(Random& random) {
  static const std::vector<std::string> kPieces = {
      "a",  "b",        "/",  "/",   "/",    ".",      "..",
      "=",  "%",        "%f", "%2E", "-",    "------", " ",
      "\n", "\xc3\xa9", "+",  "\\",  "~",    "%c",     "a.b",
      "%e", "%d",       "//", "A=1", "\x01", "*",      std::string(150, 'x')};
  std::string key;
  const uint64_t pieces = 1 + random.below(8);
  for (uint64_t i = 0; i < pieces; ++i) key += kPieces[random.below(kPieces.size())];
  return key;
}

Error put(ObjectStore& store, const std::string& key, std::string_view content) {
  const auto written = store.put("lake", key, std::span(&content, 1), {});
  return written ? Error::none : written.error();
}

std::string content_of(const ObjectStore& store, const std::string& key) {
  const auto info = store.info("lake", key);
  if (!info) return "none";
  return store.read("lake", key, 0, info.value().bytes).value();
}

}  // namespace

TEST_CASE("object store: keys and their paths") {
  const auto [key, path] = GENERATE(table<std::string, std::string>({
      {"content_type=page_view/year=2026/hour=13/page_view-1-2026-11-22-13-00-00-u.gz",
       "content_type=page_view/year=2026/hour=13/page_view-1-2026-11-22-13-00-00-u.gz"},
      {"2026/11/22/13/a-1-2026-11-22-13-00-00-u", "2026/11/22/13/a-1-2026-11-22-13-00-00-u"},
      {"a", "a%f"},
      {"a/b", "a/b%f"},
      {"a.b", "a.b"},
      {"a.b/c", "a.b%d/c%f"},
      {"..", "%2E%2E"},
      {"../x.y", "%2E%2E%d/x.y"},
      {".", "%2E"},
      {"/", "%e/%f"},
      {"a//b/", "a/%e/b/%f"},
      {"host=www.example.com/x.y", "host=www.example.com/x.y"},
      {"a b%", "a%20b%25%f"},
      {"%f", "%25f%f"},
  }));
  REQUIRE(key_to_path(key) == path);
  REQUIRE(path_to_key(path) == key);
}

TEST_CASE("object store: every key has a path of its own that leads back, inside the folder") {
  Random random(GENERATE(range<uint64_t>(1, 40)));
  std::map<std::string, std::string> by_path;
  std::set<std::string> files;
  std::set<std::string> folders;
  for (int i = 0; i < 300; ++i) {
    const std::string key = nasty_key(random);
    CAPTURE(key);
    const std::string path = key_to_path(key);
    REQUIRE(path_to_key(path) == key);
    const auto [at, is_new] = by_path.emplace(path, key);
    REQUIRE(at->second == key);
    files.insert(path);
    std::string_view rest = path;
    for (size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
      const std::string_view name = rest.substr(0, rest.find('/'));
      REQUIRE_FALSE((name.empty() || name == "." || name == ".."));
      REQUIRE(name.size() <= 255);
      if (slash == std::string::npos) break;
      folders.insert(path.substr(0, slash));
      rest.remove_prefix(name.size() + 1);
    }
  }
  for (const std::string& folder : folders) REQUIRE_FALSE(files.contains(folder));
}

TEST_CASE("object store: paths that no key has are no keys") {
  for (const char* path : {"a", "", "a/", "/a%f", "a%2e", "a%2E", "a%", "a%f/b%f", "a.b/c%f",
                           "%zz%f", "./a%f", "../a%f", "x%c", "a%2", "%41%f"}) {
    REQUIRE_FALSE(path_to_key(path).has_value());
  }
}

TEST_CASE("object store: agrees with a map on random puts, removals and lists") {
  const TestFolder folder;
  PosixDisk disk(Fsync::off);
  ObjectStore store(disk, folder.path());
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 5) == Error::none);
  Random random(GENERATE(range<uint64_t>(1, 6)));
  std::map<std::string, std::string> expected;
  std::vector<std::string> known;
  for (int step = 0; step < 400; ++step) {
    const bool is_known = !known.empty() && random.below(2) == 0;
    const std::string key = is_known ? known[random.below(known.size())] : nasty_key(random);
    known.push_back(key);
    CAPTURE(key);
    if (random.below(4) == 0) {
      const Error error = store.remove("lake", key);
      REQUIRE(error == (expected.erase(key) > 0 ? Error::none : Error::not_found));
      continue;
    }
    const std::string content(random.below(50), static_cast<char>('a' + random.below(26)));
    REQUIRE(put(store, key, content) == Error::none);
    expected[key] = content;
  }
  const std::string prefix = GENERATE("", "a", "a/", "a.b", "%", "A=1/");
  std::vector<std::string> keys;
  for (const auto& [key, content] : expected) {
    REQUIRE(content_of(store, key) == content);
    if (key.starts_with(prefix)) keys.push_back(key);
  }
  REQUIRE(store.keys("lake", prefix).value() == keys);
}

TEST_CASE("object store: keeps etag and headers beside the object") {
  const TestFolder folder;
  PosixDisk disk;
  ObjectStore store(disk, folder.path());
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 1'795'384'585'481) == Error::none);
  REQUIRE(store.create_bucket("lake", 2) == Error::already_exists);
  const std::string_view hello = "hello";
  const ObjectHeaders headers = {{"content-type", "text/plain"}, {"x-amz-meta-a", "b: c"}};
  const auto written = store.put("lake", "k", std::span(&hello, 1), headers).value();
  REQUIRE(written.etag == "5d41402abc4b2a76b9719d911017c592");
  const auto info = store.info("lake", "k").value();
  REQUIRE(info.etag == written.etag);
  REQUIRE(info.headers == headers);
  REQUIRE(info.bytes == 5);
  REQUIRE(info.modified_ms == written.modified_ms);
  REQUIRE(store.read("lake", "k", 1, 3).value() == "ell");
  REQUIRE(store.buckets().value().at(0).created_ms == 1'795'384'585'481);
  REQUIRE(disk.read(store.object_path("lake", "k")).value() == "hello");
  REQUIRE(store.put("other", "k", std::span(&hello, 1), {}).error() == Error::not_found);
  REQUIRE(store.keys("other", "").error() == Error::not_found);
}

TEST_CASE("object store: delivered objects are written as Firehose does") {
  MemoryDisk disk;
  ObjectStore store(disk, "d");
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 0) == Error::none);
  const std::array<std::string_view, 2> parts = {"a", "b"};
  REQUIRE(store.put_delivered("lake", "k", parts) == Error::none);
  REQUIRE(store.info("lake", "k").value().headers.at(0).second == "application/octet-stream");
  REQUIRE(store.put_delivered("other", "k", parts) == Error::not_found);
}

TEST_CASE("object store: the MD5 of a delivered object is worked out when asked for, and kept") {
  MemoryDisk disk;
  ObjectStore store(disk, "d");
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 0) == Error::none);
  const std::array<std::string_view, 2> parts = {"hel", "lo"};
  const std::string md5 = "5d41402abc4b2a76b9719d911017c592";
  const auto etag = [](const ObjectStore& of, const std::string& key) {
    return of.info("lake", key).value().etag;
  };
  REQUIRE(store.put_delivered("lake", "k.1", parts) == Error::none);
  REQUIRE(disk.read("d/s3-meta/lake/k.1").value().find(md5) == std::string::npos);

  // A reader beside the process that writes keeps nothing.
  const ObjectStore reader(disk, "d");
  REQUIRE(etag(reader, "k.1") == md5);
  REQUIRE(disk.read("d/s3-meta/lake/k.1").value().find(md5) == std::string::npos);
  REQUIRE(etag(store, "k.1") == md5);
  REQUIRE(disk.read("d/s3-meta/lake/k.1").value().find("etag: " + md5 + "\n") == 0);
  REQUIRE(store.info("lake", "k.1").value().headers.at(0).second == "application/octet-stream");

  // Conditions are judged by it, and it goes with the object.
  REQUIRE(store.put_delivered("lake", "k.2", parts) == Error::none);
  const std::string_view other = "other";
  const PutCondition unequal{.etag = "0"};
  const PutCondition equal{.etag = md5};
  REQUIRE(store.put_if("lake", "k.2", std::span(&other, 1), {}, unequal).error() ==
          Error::already_exists);
  REQUIRE(store.put_if("lake", "k.2", std::span(&other, 1), {}, equal));
  REQUIRE(etag(store, "k.2") == md5_hex(std::span(&other, 1)));
  REQUIRE(store.put_delivered("lake", "k.2", parts) == Error::none);
  REQUIRE(etag(store, "k.2") == md5);
}

TEST_CASE("object store: bytes that changed since their delivery never get an MD5 that fits them") {
  MemoryDisk disk;
  ObjectStore store(disk, "d");
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 0) == Error::none);
  const std::string_view good = "good";
  const std::string_view bad = "gooe";
  REQUIRE(store.put_delivered("lake", "k.1", std::span(&good, 1)) == Error::none);
  REQUIRE(disk.write_new("d/s3/lake/k.1", std::span(&bad, 1)) == Error::none);
  REQUIRE(store.info("lake", "k.1").value().etag != md5_hex(std::span(&bad, 1)));
  REQUIRE(disk.write_new("d/s3/lake/k.1", std::span(&good, 1)) == Error::none);
  REQUIRE(store.info("lake", "k.1").value().etag == md5_hex(std::span(&good, 1)));
}

TEST_CASE("object store: a delivery over an object survives a crash at any step") {
  const std::string_view fresh = "new!";
  const std::string_view old = "old";
  std::set<std::string> seen;
  bool is_done = false;
  for (uint64_t step = 1; !is_done; ++step) {
    MemoryDisk disk;
    ObjectStore store(disk, "d");
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("lake", 0) == Error::none);
    REQUIRE(store.put_delivered("lake", "k.1", std::span(&old, 1)) == Error::none);
    disk.cut_power_at(disk.operations() + step);
    is_done = store.put_delivered("lake", "k.1", std::span(&fresh, 1)) == Error::none;
    disk.crash();
    ObjectStore after(disk, "d");
    REQUIRE(after.open() == Error::none);
    const std::string content = content_of(after, "k.1");
    const std::string_view found = content;
    CAPTURE(step, content);
    REQUIRE((content == fresh || (content == old && !is_done)));
    REQUIRE(after.info("lake", "k.1").value().etag == md5_hex(std::span(&found, 1)));
    seen.insert(content);
  }
  REQUIRE(seen.size() == 2);
}

TEST_CASE("object store: a crash at any step leaves the old object or the new, with its own etag") {
  const std::array<std::string_view, 1> hashed_old = {"old"};
  const std::array<std::string_view, 1> hashed_new = {"new!"};
  const std::map<std::string, std::string> etags = {{"old", md5_hex(hashed_old)},
                                                    {"new!", md5_hex(hashed_new)}};
  std::set<std::string> seen;
  bool is_done = false;
  for (uint64_t step = 1; !is_done; ++step) {
    MemoryDisk disk;
    ObjectStore store(disk, "d");
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("lake", 0) == Error::none);
    const bool overwrites = GENERATE(true, false);
    if (overwrites) REQUIRE(put(store, "k", "old") == Error::none);
    disk.cut_power_at(disk.operations() + step);
    is_done = put(store, "k", "new!") == Error::none;
    disk.crash();
    ObjectStore after(disk, "d");
    REQUIRE(after.open() == Error::none);
    const std::string content = content_of(after, "k");
    CAPTURE(step, content);
    if (is_done) REQUIRE(content == "new!");
    REQUIRE((content == "new!" || content == (overwrites ? "old" : "none")));
    if (content != "none") REQUIRE(after.info("lake", "k").value().etag == etags.at(content));
    seen.insert(content);
    // A second attempt succeeds whatever the first left.
    REQUIRE(put(after, "k", "new!") == Error::none);
    REQUIRE(after.info("lake", "k").value().etag == etags.at("new!"));
    REQUIRE(disk.list("d/s3-temp").value().empty());
  }
  REQUIRE(seen.size() == 2);
}

TEST_CASE("object store: a write that fails leaves the object before it") {
  for (uint64_t step = 1; step < 20; ++step) {
    MemoryDisk disk;
    ObjectStore store(disk, "d");
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("lake", 0) == Error::none);
    REQUIRE(put(store, "k", "old") == Error::none);
    disk.fail_at(disk.operations() + step, Error::out_of_space);
    const bool failed = put(store, "k", "new!") != Error::none;
    const auto info = store.info("lake", "k").value();
    const std::string content = content_of(store, "k");
    REQUIRE((failed || content == "new!"));
    const std::array<std::string_view, 1> parts = {content};
    REQUIRE(info.etag == md5_hex(parts));
  }
}

TEST_CASE("object store: a file that no put made is an object with the etag of its bytes") {
  MemoryDisk disk;
  ObjectStore store(disk, "d");
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 0) == Error::none);
  const std::string_view hello = "hello";
  REQUIRE(disk.write_new("d/s3/lake/laid.txt", std::span(&hello, 1)) == Error::none);
  REQUIRE(disk.write_new("d/s3/lake/no_key", std::span(&hello, 1)) == Error::none);
  REQUIRE(store.keys("lake", "").value() == std::vector<std::string>{"laid.txt"});
  REQUIRE(store.info("lake", "laid.txt").value().etag == "5d41402abc4b2a76b9719d911017c592");
}

TEST_CASE("object store: a crash while parts are put together leaves the upload or the object") {
  bool is_done = false;
  std::set<std::string> seen;
  for (uint64_t step = 1; !is_done; ++step) {
    MemoryDisk disk;
    ObjectStore store(disk, "d");
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("lake", 0) == Error::none);
    const bool overwrites = GENERATE(true, false);
    if (overwrites) REQUIRE(put(store, "k", "old") == Error::none);
    const std::string id =
        store.begin_upload({.id = {}, .bucket = "lake", .key = "k", .headers = {}}).value();
    const std::string_view parts[] = {"one ", "two"};
    for (uint32_t number : {1U, 2U}) {
      REQUIRE(store.put_part(id, number, std::span(&parts[number - 1], 1), {}));
    }
    disk.cut_power_at(disk.operations() + step);
    const std::array<uint32_t, 2> numbers = {1, 2};
    const auto written = store.finish_upload(id, numbers, {{"x-amz-meta-a", "b"}}, {});
    // What is left to clean up is no part of the promise.
    is_done = written && store.upload(id).error() == Error::not_found &&
              disk.list("d/s3/%uploads").value().empty();
    disk.crash();
    ObjectStore after(disk, "d");
    REQUIRE(after.open() == Error::none);
    const std::string content = content_of(after, "k");
    CAPTURE(step, content);
    if (written) REQUIRE(content == "one two");
    REQUIRE((content == "one two" || content == (overwrites ? "old" : "none")));
    seen.insert(content);
    if (content == "one two") {
      REQUIRE(after.info("lake", "k").value().etag.ends_with("-2"));
      REQUIRE(after.info("lake", "k").value().headers.size() == 1);
    } else {
      // The client asks again.
      REQUIRE(after.parts(id).value().size() == 2);
      REQUIRE(after.finish_upload(id, numbers, {}, {}));
      REQUIRE(content_of(after, "k") == "one two");
    }
    REQUIRE(disk.list("d/s3-temp").value().empty());
  }
  REQUIRE(seen.size() == 2);
}

TEST_CASE("object store: a part is there whole or not at all, and an upload outlives a crash") {
  bool is_done = false;
  for (uint64_t step = 1; !is_done; ++step) {
    MemoryDisk disk;
    ObjectStore store(disk, "d");
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("lake", 0) == Error::none);
    const UploadInfo upload{
        .id = {}, .bucket = "lake", .key = "a\nb", .started_ms = 7, .headers = {{"c", "d"}}};
    const std::string id = store.begin_upload(upload).value();
    disk.cut_power_at(disk.operations() + step);
    const std::string_view part = "part";
    is_done = static_cast<bool>(store.put_part(id, 3, std::span(&part, 1), {{"e", "f"}}));
    disk.crash();
    ObjectStore after(disk, "d");
    REQUIRE(after.open() == Error::none);
    const auto found = after.upload(id).value();
    REQUIRE(found.key == "a\nb");
    REQUIRE(found.started_ms == 7);
    REQUIRE(found.headers == upload.headers);
    REQUIRE(after.uploads("lake").value().size() == 1);
    const auto parts = after.parts(id).value();
    if (is_done) REQUIRE(parts.size() == 1);
    if (parts.empty()) continue;
    REQUIRE(parts[0].number == 3);
    REQUIRE(parts[0].info.headers == ObjectHeaders{{"e", "f"}});
    REQUIRE(after.read_part(id, 3).value() == "part");
  }
}

TEST_CASE("object store: uploads go with their bucket, and parts without an upload at the start") {
  MemoryDisk disk;
  ObjectStore store(disk, "d");
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 0) == Error::none);
  const UploadInfo upload{.id = {}, .bucket = "lake", .key = "k", .headers = {}};
  const std::string first = store.begin_upload(upload).value();
  const std::string second = store.begin_upload(upload).value();
  REQUIRE(first != second);
  REQUIRE(put(store, "k/l.m", "x") == Error::none);
  REQUIRE(store.remove_bucket("lake") == Error::already_exists);
  REQUIRE(store.remove("lake", "k/l.m") == Error::none);
  REQUIRE(store.remove_bucket("lake") == Error::none);
  REQUIRE_FALSE(store.has_bucket("lake"));
  REQUIRE(store.upload(first).error() == Error::not_found);
  REQUIRE(store.remove_bucket("lake") == Error::not_found);
  REQUIRE(store.buckets().value().empty());
  REQUIRE(store.begin_upload(upload).error() == Error::not_found);
  REQUIRE(store.upload("../../x").error() == Error::not_found);
  REQUIRE(store.read_part("../../../../etc", 1).error() == Error::not_found);

  const std::string_view part = "part";
  REQUIRE(disk.make_folders("d/s3/%uploads/" + std::string(32, 'a')) == Error::none);
  REQUIRE(disk.write_new("d/s3/%uploads/" + std::string(32, 'a') + "/00001.part",
                         std::span(&part, 1)) == Error::none);
  REQUIRE(store.open() == Error::none);
  REQUIRE(disk.list("d/s3/%uploads").value().empty());
}

TEST_CASE("object store: keys of the longest kind keep to names that any disk takes") {
  Random random(GENERATE(uint64_t{1}, uint64_t{2}));
  const TestFolder folder;
  PosixDisk disk(Fsync::off);
  ObjectStore store(disk, folder.path());
  REQUIRE(store.open() == Error::none);
  REQUIRE(store.create_bucket("lake", 5) == Error::none);
  for (int i = 0; i < 4; ++i) {
    std::string key;
    while (key.size() < 1'024) key.push_back("a/.=%-\x01"[random.below(7)]);
    CAPTURE(key);
    REQUIRE(path_to_key(key_to_path(key)) == key);
    REQUIRE(put(store, key, "x") == Error::none);
    REQUIRE(content_of(store, key) == "x");
  }
}
