#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "profiler/trace.h"

namespace profile_train::hooks {

/// dtype and sizes of a tensor as bytes, to be interned while a hook runs: nothing is formatted or allocated. The
/// recorder turns the bytes back into a TensorType.
///
/// The dtype is the number that c10::ScalarType gives it. Tensors of more than kMaxDimensions dimensions keep the
/// first.
class TensorTypeKey {
 public:
  static constexpr std::size_t kMaxDimensions = 8;

  TensorTypeKey(std::int8_t scalar_type, std::span<const std::int64_t> sizes) noexcept {
    const std::size_t dimensions = sizes.size() < kMaxDimensions ? sizes.size() : kMaxDimensions;
    bytes_[0] = static_cast<char>(scalar_type);
    if (dimensions > 0) std::memcpy(&bytes_[1], sizes.data(), dimensions * sizeof(std::int64_t));
    length_ = 1 + dimensions * sizeof(std::int64_t);
  }
  std::string_view bytes() const noexcept { return {bytes_.data(), length_}; }

 private:
  std::array<char, 1 + kMaxDimensions * sizeof(std::int64_t)> bytes_;
  std::size_t length_;
};

TensorType decode_tensor_type(std::string_view key);

/// "float32" for c10::ScalarType::Float, by its number; "dtype 17" for one that is not in the list.
std::string dtype_name(std::int8_t scalar_type);

}  // namespace profile_train::hooks
