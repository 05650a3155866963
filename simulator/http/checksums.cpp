#include "simulator/http/checksums.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cstring>

#include "shared/base/base64.h"

namespace edgehose {
namespace {

// Reflected polynomials.
constexpr uint64_t kCrc32cPolynomial = 0x82f63b78;
constexpr uint64_t kCrc64NvmePolynomial = 0x9a6c9329ac4bc9b5;

constexpr std::array<uint64_t, 256> make_table(uint64_t polynomial) {
  std::array<uint64_t, 256> table{};
  for (uint64_t i = 0; i < table.size(); ++i) {
    uint64_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
    table[i] = value;
  }
  return table;
}
constexpr std::array<uint64_t, 256> kCrc32cTable = make_table(kCrc32cPolynomial);
constexpr std::array<uint64_t, 256> kCrc64NvmeTable = make_table(kCrc64NvmePolynomial);

// Goes on from the value of the bytes before; 0 at the start.
uint64_t crc(const std::array<uint64_t, 256>& table, uint64_t ones, uint64_t before,
             std::string_view bytes) {
  uint64_t value = before ^ ones;
  for (char byte : bytes) {
    value = value >> 8 ^ table[(value ^ static_cast<unsigned char>(byte)) & 255];
  }
  return value ^ ones;
}

std::string big_endian_base64(uint64_t value, int bytes) {
  std::string raw;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    raw.push_back(static_cast<char>(value >> shift & 255));
  }
  std::string text;
  base64_append(text, raw);
  return text;
}

std::string digest(const EVP_MD* kind, std::string_view bytes) {
  std::string raw(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(raw.data()), &length,
             kind, nullptr);
  raw.resize(length);
  return raw;
}

std::string digest_base64(const EVP_MD* kind, std::string_view bytes) {
  std::string text;
  base64_append(text, digest(kind, bytes));
  return text;
}

}  // namespace

Sha256 fast_sha256(std::string_view bytes) {
  const std::string raw = digest(EVP_sha256(), bytes);
  Sha256 result{};
  std::memcpy(result.data(), raw.data(), result.size());
  return result;
}

std::optional<Crc> Crc::find(std::string_view algorithm) {
  if (algorithm == "crc32") return Crc(Kind::crc32);
  if (algorithm == "crc32c") return Crc(Kind::crc32c);
  if (algorithm == "crc64nvme") return Crc(Kind::crc64nvme);
  return std::nullopt;
}

void Crc::add(std::string_view bytes) {
  if (kind_ == Kind::crc32c) value_ = crc(kCrc32cTable, 0xffffffff, value_, bytes);
  if (kind_ == Kind::crc64nvme) value_ = crc(kCrc64NvmeTable, ~0ULL, value_, bytes);
  if (kind_ != Kind::crc32) return;
  value_ = crc32_z(value_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

std::string Crc::base64() const {
  return big_endian_base64(value_, kind_ == Kind::crc64nvme ? 8 : 4);
}

std::optional<std::string> checksum_base64(std::string_view algorithm, std::string_view bytes) {
  if (auto crc = Crc::find(algorithm)) {
    crc->add(bytes);
    return crc->base64();
  }
  if (algorithm == "sha1") return digest_base64(EVP_sha1(), bytes);
  if (algorithm == "sha256") return digest_base64(EVP_sha256(), bytes);
  if (algorithm == "sha512") return digest_base64(EVP_sha512(), bytes);
  if (algorithm == "md5") return digest_base64(EVP_md5(), bytes);
  return std::nullopt;
}

}  // namespace edgehose
