#include "hooks/tensor_type.h"

#include <fmt/format.h>

namespace profile_train::hooks {

namespace {
// By number of c10::ScalarType; the names are those of Python's torch.dtype. cpu_allocator_test checks them against
// torch.
constexpr std::array<std::string_view, 30> kDtypes = {"uint8",           "int8",
                                                      "int16",           "int32",
                                                      "int64",           "float16",
                                                      "float32",         "float64",
                                                      "complex32",       "complex64",
                                                      "complex128",      "bool",
                                                      "qint8",           "quint8",
                                                      "qint32",          "bfloat16",
                                                      "quint4x2",        "quint2x4",
                                                      "bits1x8",         "bits2x4",
                                                      "bits4x2",         "bits8",
                                                      "bits16",          "float8_e5m2",
                                                      "float8_e4m3fn",   "float8_e5m2fnuz",
                                                      "float8_e4m3fnuz", "uint16",
                                                      "uint32",          "uint64"};
}  // namespace

std::string dtype_name(std::int8_t scalar_type) {
  const std::size_t index = static_cast<std::uint8_t>(scalar_type);  // what is negative comes out too large
  return index < kDtypes.size() ? std::string(kDtypes[index]) : fmt::format("dtype {}", scalar_type);
}

TensorType decode_tensor_type(std::string_view key) {
  TensorType type;
  type.dtype = dtype_name(static_cast<std::int8_t>(key.front()));
  type.sizes.resize((key.size() - 1) / sizeof(std::int64_t));
  if (!type.sizes.empty()) std::memcpy(type.sizes.data(), key.data() + 1, type.sizes.size() * sizeof(std::int64_t));
  return type;
}

}  // namespace profile_train::hooks
