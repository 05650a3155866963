#include "simulator/engine/disk.h"

namespace edgehose {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error write_atomically(Disk& disk, const std::string& temporary, const std::string& path,
                       Disk::Parts parts) {
  Error error = disk.write_new(temporary, parts);
  if (error == Error::none) error = disk.sync(temporary);
  if (error == Error::none) error = disk.rename(temporary, path);
  if (error == Error::none) return disk.sync_folder(folder_of(path));
  // What is left of the attempt takes space that the next one may need.
  (void)disk.remove(temporary);
  return error;
}

}  // namespace edgehose
