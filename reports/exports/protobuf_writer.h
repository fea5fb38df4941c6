#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace profile_train::reports {

/// A message of protocol buffers in their wire format, https://protobuf.dev/programming-guides/encoding.
///
/// Twenty lines instead of the protobuf library: the exports write a dozen kinds of small messages and read none, and
/// Debian's protobuf would add a compiler to the build and a library of 3 MB to each program for that. Tests decode
/// what comes out with Google's own library and Perfetto's own message definitions.
class ProtobufMessage {
 public:
  void integer(std::uint32_t field, std::uint64_t value) {
    varint(std::uint64_t{field} << 3U);
    varint(value);
  }
  void integer(std::uint32_t field, std::int64_t value) { integer(field, std::bit_cast<std::uint64_t>(value)); }
  void bytes(std::uint32_t field, std::string_view value) {
    varint((std::uint64_t{field} << 3U) | 2U);
    varint(value.size());
    data_ += value;
  }
  void message(std::uint32_t field, const ProtobufMessage& value) { bytes(field, value.data_); }
  /// An element of a packed field: write them into a message of their own, and that as bytes.
  void packed(std::uint64_t value) { varint(value); }

  const std::string& data() const { return data_; }
  void clear() { data_.clear(); }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) data_ += static_cast<char>(value | 0x80U);
    data_ += static_cast<char>(value);
  }

  std::string data_;
};

}  // namespace profile_train::reports
