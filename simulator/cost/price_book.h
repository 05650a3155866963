// Reads price books. The one shipped is prices.json of this folder, built into the program.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/cost/bill.h"

namespace edgehose {

// The text of prices.json.
[[nodiscard]] std::string_view shipped_prices();

// The book of a region, or a text that says what is wrong and where.
[[nodiscard]] std::variant<PriceBook, std::string> read_price_book(std::string_view json,
                                                                   const std::string& region);

// "0.0047" as 4,700,000 billionths; nothing for other text, and for more than nine decimals.
[[nodiscard]] std::optional<uint64_t> parse_nano_usd(std::string_view text);

}  // namespace edgehose
