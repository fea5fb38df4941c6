#include "profiler/tensor_type.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

namespace profile_train {
namespace {

struct Dtype {
  std::string_view name;
  Bytes bytes;
};

constexpr std::array kDtypes = {
    Dtype{"float32", 4},       Dtype{"bfloat16", 2},
    Dtype{"float16", 2},       Dtype{"float64", 8},
    Dtype{"int64", 8},         Dtype{"int32", 4},
    Dtype{"int16", 2},         Dtype{"int8", 1},
    Dtype{"uint8", 1},         Dtype{"bool", 1},
    Dtype{"complex64", 8},     Dtype{"complex128", 16},
    Dtype{"float8_e4m3fn", 1}, Dtype{"float8_e5m2", 1},
    Dtype{"uint16", 2},        Dtype{"uint32", 4},
    Dtype{"uint64", 8},        Dtype{"float8_e4m3fnuz", 1},
    Dtype{"complex32", 4},     Dtype{"float8_e5m2fnuz", 1},
};

}  // namespace

std::optional<Bytes> element_bytes(std::string_view dtype) {
  const auto* found = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return d.name == dtype; });
  if (found == kDtypes.end()) return std::nullopt;
  return found->bytes;
}

std::int64_t element_count(const TensorType& type) {
  return std::accumulate(type.sizes.begin(), type.sizes.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace profile_train
