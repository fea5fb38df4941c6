#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace profile_train {

/// Unsigned LEB128: seven bits a byte, least significant first; small numbers are short. At most ten bytes.
inline void put_varint(std::vector<std::uint8_t>& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

/// Signed numbers near 0, of either sign, as unsigned numbers near 0: 0, -1, 1, -2 … become 0, 1, 2, 3 …
inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

/// The difference of two numbers, modulo 2^64, so that every pair can be written and read back.
inline std::uint64_t zigzag_difference(std::uint64_t value, std::uint64_t from) {
  return zigzag(static_cast<std::int64_t>(value - from));
}
inline std::uint64_t add_zigzag(std::uint64_t from, std::uint64_t coded) {
  return from + static_cast<std::uint64_t>(unzigzag(coded));
}

/// Reads bytes that nobody vouches for: never past the end, and what does not fit sets failed() for good.
class ByteCursor {
 public:
  ByteCursor() = default;
  explicit ByteCursor(std::span<const std::uint8_t> bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint64_t varint() {
    if (at_ != end_ && *at_ < 0x80) return *at_++;
    return long_varint();
  }
  std::uint8_t byte() {
    if (at_ == end_) return fail();
    return *at_++;
  }
  std::span<const std::uint8_t> bytes(std::uint64_t count) {
    if (count > remaining()) {
      fail();
      return {};
    }
    const std::span<const std::uint8_t> taken(at_, static_cast<std::size_t>(count));
    at_ += count;
    return taken;
  }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  bool failed() const { return failed_; }
  bool ended_well() const { return !failed_ && at_ == end_; }

 private:
  std::uint64_t long_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const std::uint8_t byte = *at_++;
      if (shift == 63 && byte > 1) break;  // a 65th bit
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  std::uint8_t fail() {
    failed_ = true;
    at_ = end_;
    return 0;
  }

  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  bool failed_ = false;
};

}  // namespace profile_train
