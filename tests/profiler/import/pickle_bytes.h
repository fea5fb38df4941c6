#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace profile_train::test {

/// Writes a pickle by hand, opcode by opcode, sound or not:
///
///     PickleBytes().dict({{"segments", list({})}, …})
class PickleBytes {
 public:
  using Bytes = std::vector<std::uint8_t>;

  static Bytes none() { return {'N'}; }
  static Bytes boolean(bool value) { return {static_cast<std::uint8_t>(value ? 0x88 : 0x89)}; }
  static Bytes integer(std::int64_t value) {
    return with(std::uint8_t{0x8A}, 8, static_cast<std::uint64_t>(value), true);
  }
  static Bytes text(std::string_view value) {
    Bytes out = with('X', 4, value.size(), false);
    for (const char c : value) out.push_back(static_cast<std::uint8_t>(c));
    return out;
  }
  static Bytes list(const std::vector<Bytes>& values) {
    Bytes out = {']', '('};
    for (const Bytes& value : values) append(out, value);
    out.push_back('e');
    return out;
  }
  static Bytes dict(const std::vector<std::pair<std::string_view, Bytes>>& entries) {
    Bytes out = {'}', '('};
    for (const auto& [key, value] : entries) {
      const Bytes name = text(key);
      append(out, name);
      append(out, value);
    }
    out.push_back('u');
    return out;
  }
  static Bytes pair(const Bytes& first, const Bytes& second) {
    Bytes out = first;
    append(out, second);
    out.push_back(0x86);
    return out;
  }
  /// The value as a whole file.
  static Bytes file(const Bytes& value) {
    Bytes out = {0x80, 4};
    append(out, value);
    out.push_back('.');
    return out;
  }

 private:
  /// Byte by byte: g++ 12 takes insert() at the end of a vector of known size for an overflow.
  static void append(Bytes& out, const Bytes& more) {
    for (const std::uint8_t byte : more) out.push_back(byte);
  }
  static Bytes with(std::uint8_t opcode, int bytes, std::uint64_t argument, bool counted) {
    Bytes out = {opcode};
    if (counted) out.push_back(static_cast<std::uint8_t>(bytes));
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(argument >> (8 * i)));
    return out;
  }
};

}  // namespace profile_train::test
