#include "simulator/http/cbor.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

namespace edgehose {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 32;
constexpr uint8_t kIndefinite = 31;
constexpr uint8_t kBreak = 0xff;

enum Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

// After a fault every step gives null, and `has_failed` says so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<json> run() {
    json document = item(0);
    if (has_failed_ || !bytes_.empty()) return std::nullopt;
    return document;
  }

 private:
  json fail() {
    has_failed_ = true;
    bytes_ = {};
    return nullptr;
  }

  uint8_t byte() {
    if (bytes_.empty()) {
      fail();
      return 0;
    }
    const auto value = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }

  uint64_t big_endian(size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | byte();
    return value;
  }

  // The number behind an initial byte.
  uint64_t argument(uint8_t info) {
    if (info < 24) return info;
    if (info > 27) {
      fail();
      return 0;
    }
    return big_endian(size_t{1} << (info - 24));
  }

  bool takes_break() {
    if (bytes_.empty() || static_cast<uint8_t>(bytes_.front()) != kBreak) return false;
    bytes_.remove_prefix(1);
    return true;
  }

  json item(int depth) {
    if (depth > kDepthMax) return fail();
    const uint8_t initial = byte();
    const auto major = static_cast<Major>(initial >> 5);
    const auto info = static_cast<uint8_t>(initial & 31);
    switch (major) {
      case kUnsigned:
        return argument(info);
      case kNegative:
        return negative(argument(info));
      case kBytes:
      case kText:
        return text(major, info);
      case kArray:
        return array(info, depth);
      case kMap:
        return map(info, depth);
      case kTag:
        (void)argument(info);
        return item(depth + 1);
      case kSimple:
        return simple(info);
    }
    return fail();
  }

  static json negative(uint64_t below) {
    if (below > static_cast<uint64_t>(INT64_MAX)) return -1.0 - static_cast<double>(below);
    return -1 - static_cast<int64_t>(below);
  }

  std::string piece(uint64_t length) {
    if (length > bytes_.size()) {
      fail();
      return "";
    }
    std::string taken(bytes_.substr(0, length));
    bytes_.remove_prefix(length);
    return taken;
  }

  std::string text(Major major, uint8_t info) {
    if (info != kIndefinite) return piece(argument(info));
    std::string whole;
    while (!has_failed_ && !takes_break()) {
      const uint8_t initial = byte();
      const auto inner = static_cast<uint8_t>(initial & 31);
      if (initial >> 5 != major || inner == kIndefinite) {
        fail();
      } else {
        whole += piece(argument(inner));
      }
    }
    return whole;
  }

  json array(uint8_t info, int depth) {
    json list = json::array();
    if (info == kIndefinite) {
      while (!has_failed_ && !takes_break()) list.push_back(item(depth + 1));
      return list;
    }
    // Each item takes a byte at least: a length beyond that ends at the end of the bytes.
    const uint64_t length = argument(info);
    for (uint64_t i = 0; i < length && !has_failed_; ++i) list.push_back(item(depth + 1));
    return list;
  }

  void member(json& object, int depth) {
    const json key = item(depth + 1);
    if (!key.is_string()) {
      fail();
      return;
    }
    object[key.get<std::string>()] = item(depth + 1);
  }

  json map(uint8_t info, int depth) {
    json object = json::object();
    if (info == kIndefinite) {
      while (!has_failed_ && !takes_break()) member(object, depth);
      return object;
    }
    const uint64_t length = argument(info);
    for (uint64_t i = 0; i < length && !has_failed_; ++i) member(object, depth);
    return object;
  }

  json simple(uint8_t info) {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return nullptr;
      case 25:
        return half(static_cast<uint16_t>(big_endian(2)));
      case 26:
        return from_bits<float, uint32_t>(big_endian(4));
      case 27:
        return from_bits<double, uint64_t>(big_endian(8));
      default:
        return fail();
    }
  }

  template <typename Float, typename Bits>
  static double from_bits(uint64_t wide) {
    const auto bits = static_cast<Bits>(wide);
    Float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return static_cast<double>(value);
  }

  static double half(uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const int mantissa = bits & 1023;
    double value = 0;
    if (exponent == 0) {
      value = std::ldexp(mantissa, -24);
    } else if (exponent != 31) {
      value = std::ldexp(mantissa + 1024, exponent - 25);
    } else {
      value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                            : std::numeric_limits<double>::quiet_NaN();
    }
    return (bits & 0x8000) != 0 ? -value : value;
  }

  std::string_view bytes_;
  bool has_failed_ = false;
};

void append_big_endian(std::string& out, uint64_t value, size_t count) {
  for (size_t i = count; i > 0; --i) out.push_back(static_cast<char>(value >> ((i - 1) * 8) & 255));
}

void append_head(std::string& out, Major major, uint64_t argument) {
  const auto base = static_cast<unsigned>(major) << 5;
  if (argument < 24) {
    out.push_back(static_cast<char>(base | argument));
    return;
  }
  const unsigned size = argument <= UINT8_MAX    ? 0
                        : argument <= UINT16_MAX ? 1
                        : argument <= UINT32_MAX ? 2
                                                 : 3;
  out.push_back(static_cast<char>(base | (24 + size)));
  append_big_endian(out, argument, size_t{1} << size);
}

// Documents of our own making: they nest a few levels.
void append_item(  // NOLINT(misc-no-recursion)
    std::string& out, const json& item, bool is_timestamp) {
  switch (item.type()) {
    case json::value_t::object:
      append_head(out, kMap, item.size());
      for (const auto& [name, value] : item.items()) {
        append_head(out, kText, name.size());
        out += name;
        append_item(out, value, is_timestamp_member(name));
      }
      return;
    case json::value_t::array:
      append_head(out, kArray, item.size());
      for (const json& value : item) append_item(out, value, is_timestamp);
      return;
    case json::value_t::string: {
      const auto& text = item.get_ref<const std::string&>();
      append_head(out, kText, text.size());
      out += text;
      return;
    }
    case json::value_t::boolean:
      out.push_back(static_cast<char>(item.get<bool>() ? 0xf5 : 0xf4));
      return;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      break;
    default:
      out.push_back(static_cast<char>(0xf6));
      return;
  }
  if (is_timestamp) append_head(out, kTag, 1);
  if (item.is_number_unsigned()) return append_head(out, kUnsigned, item.get<uint64_t>());
  if (item.is_number_integer()) {
    const auto value = item.get<int64_t>();
    if (value >= 0) return append_head(out, kUnsigned, static_cast<uint64_t>(value));
    return append_head(out, kNegative, static_cast<uint64_t>(-(value + 1)));
  }
  const auto value = item.get<double>();
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  out.push_back(static_cast<char>(0xfb));
  append_big_endian(out, bits, 8);
}

}  // namespace

bool is_timestamp_member(std::string_view name) {
  return name.ends_with("Timestamp") || name == "Timestamps";
}

std::optional<json> read_cbor(std::string_view bytes) { return Reader(bytes).run(); }

std::string write_cbor(const json& document) {
  std::string out;
  append_item(out, document, false);
  return out;
}

}  // namespace edgehose
