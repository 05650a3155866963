#include "simulator/shaping/plan_command.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "shared/plan/plan.h"
#include "simulator/shaping/plan_file.h"

namespace edgehose {
namespace {

int status_of(PlanFile file) {
  if (file == PlanFile::sound) return 0;
  return file == PlanFile::unsound ? 1 : 2;
}

void describe(const std::string& bytes, std::ostream& out) {
  const std::optional<Plan> plan = Plan::map(bytes);
  if (!plan) return;
  out << "version " << plan->version() << ", " << plan->size() << " content types, " << bytes.size()
      << " bytes compiled\n";
}

}  // namespace

int run_plan_check(const PlanOptions& options, std::ostream& out, std::ostream& err) {
  std::string bytes;
  std::ostringstream problems;
  const PlanFile file_status = load_plan(options.file, bytes, problems);
  (file_status == PlanFile::unreadable ? err : out) << problems.str();
  if (file_status != PlanFile::sound) return status_of(file_status);
  out << options.file << ": sound; ";
  describe(bytes, out);
  return 0;
}

int run_plan_compile(const PlanOptions& options, std::ostream& out, std::ostream& err) {
  std::string bytes;
  std::ostringstream problems;
  const PlanFile file_status = load_plan(options.file, bytes, problems);
  (file_status == PlanFile::unreadable ? err : out) << problems.str();
  if (file_status != PlanFile::sound) return status_of(file_status);
  std::ofstream file(options.out, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) {
    err << "edgehose plan: cannot write " << options.out << "\n";
    return 2;
  }
  out << options.out << ": ";
  describe(bytes, out);
  return 0;
}

}  // namespace edgehose
