// Text that names an instant names one of years 0000 to 9999, whose canonical text names it again.
#include "shared/base/calendar.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  for (const auto& ms : {parse_iso_ms(text), parse_epoch_ms(text)}) {
    if (!ms) continue;
    check(*ms >= kInstantMsMin && *ms <= kInstantMsMax, "an instant has four digits of year");
    const std::string iso = iso_ms(*ms);
    check(iso.size() == 24, "its text has one form");
    check(parse_iso_ms(iso) == *ms, "its text names it");
    check(ms_from_civil(civil_from_ms(*ms)) == *ms, "its calendar form names it");
  }
  return 0;
}
