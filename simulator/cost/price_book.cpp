#include "simulator/cost/price_book.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/base/text.h"

namespace edgehose {
namespace {

using Json = nlohmann::json;

// Throws what nlohmann throws; read_price_book catches it.
PriceTier read_tier(const Json& json) {
  PriceTier tier;
  if (!json.at("width").is_null()) tier.width_units = json.at("width").get<uint64_t>();
  if (json.at("usd").is_null()) return tier;
  tier.nano_usd = parse_nano_usd(json.at("usd").get<std::string>());
  if (!tier.nano_usd) throw std::runtime_error("usd is no price: " + json.at("usd").dump());
  tier.date = json.at("date").get<std::string>();
  tier.source = json.at("source").get<std::string>();
  tier.confidence = json.at("confidence").get<std::string>();
  return tier;
}

// Tiers stand in the order in which they are filled.
MeterPrice read_meter(const Json& json) {
  MeterPrice price;
  price.unit = json.at("unit").get<std::string>();
  for (const Json& tier : json.at("tiers")) price.tiers.push_back(read_tier(tier));
  return price;
}

}  // namespace

std::variant<PriceBook, std::string> read_price_book(std::string_view json,
                                                     const std::string& region) try {
  const Json document = Json::parse(json);
  const Json& regions = document.at("regions");
  const Json everywhere = document.value("everywhere", Json::object());
  if (!regions.contains(region)) {
    std::string known;
    for (const auto& [name, prices] : regions.items()) known += (known.empty() ? "" : ", ") + name;
    return "no prices for the region '" + region + "'; there are: " + known;
  }
  const Json& prices = regions.at(region);
  PriceBook book;
  book.region = region;
  for (size_t i = 0; i < kMeters; ++i) {
    const std::string name(to_text(static_cast<Meter>(i)));
    // A meter the book lacks stays without tiers: its counts are billed as unknown.
    if (prices.contains(name))
      book.prices[i] = read_meter(prices.at(name));
    else if (everywhere.contains(name))
      book.prices[i] = read_meter(everywhere.at(name));
  }
  return book;
} catch (const std::exception& error) {
  return "the price book does not read: " + std::string(error.what());
}

std::optional<uint64_t> parse_nano_usd(std::string_view text) {
  constexpr size_t kDecimals = 9;
  constexpr uint64_t kWholeMax = 1'000'000'000;
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string digits(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (whole.empty() || digits.size() > kDecimals) return std::nullopt;
  if (point != std::string_view::npos && digits.empty()) return std::nullopt;
  digits.append(kDecimals - digits.size(), '0');
  uint64_t nano = 0;
  for (const char c : std::string(whole) + digits) {
    if (!is_digit(c) || nano > kWholeMax * kWholeMax / 10) return std::nullopt;
    nano = nano * 10 + static_cast<uint64_t>(c - '0');
  }
  return nano;
}

}  // namespace edgehose
