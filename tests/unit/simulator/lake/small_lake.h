// A lake of a test's own: a data folder with one bucket, filled through the store that the
// simulator writes with.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "simulator/engine/posix_disk.h"
#include "simulator/lake/object_store.h"
#include "tests/unit/simulator/load/gzip_text.h"
#include "tests/unit/simulator/load/temporary_folder.h"

namespace edgehose {

class SmallLake {
 public:
  SmallLake() : store_(disk_, folder_.path()) {
    if (store_.open() != Error::none || store_.create_bucket("lake", 0) != Error::none) {
      throw std::runtime_error("no lake");
    }
  }

  [[nodiscard]] const std::string& data() const { return folder_.path(); }
  [[nodiscard]] std::string file(std::string_view name) const { return folder_.file(name); }

  void put(const std::string& key, std::string_view bytes) {
    const std::array<std::string_view, 1> parts = {bytes};
    if (store_.put_delivered("lake", key, parts) != Error::none) throw std::runtime_error(key);
  }
  [[nodiscard]] std::string path_of(const std::string& key) const {
    return store_.object_path("lake", key);
  }

  // `content_type=<type>/year=2026/month=11/day=22/hour=<hour>/<name>`
  static std::string key(const std::string& type, int hour, const std::string& name) {
    return "content_type=" + type + "/year=2026/month=11/day=22/hour=" + (hour < 10 ? "0" : "") +
           std::to_string(hour) + "/" + name;
  }

 private:
  TemporaryFolder folder_;
  PosixDisk disk_;
  ObjectStore store_;
};

}  // namespace edgehose
