// The report's two forms: text for people, one JSON line for programs.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "simulator/report/run_report.h"

namespace edgehose {

void print_report(const RunReport& report, std::ostream& out);
void print_report_json(const RunReport& report, std::ostream& out);

// A price, exact and with at least two decimals: "0.036", "4.25".
[[nodiscard]] std::string price_text(uint64_t nano_usd);

// A sum: in cents from a dollar on, else with four decimals; "<0.0001" for what rounds to nothing.
[[nodiscard]] std::string usd_text(uint64_t nano_usd);

// 12345 as "12,345".
[[nodiscard]] std::string grouped(uint64_t number);

}  // namespace edgehose
