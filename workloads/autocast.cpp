#include "workloads/autocast.h"

#include <ATen/autocast_mode.h>

#include "profiler/mode_names.h"

namespace profile_train::workloads {

torch::ScalarType weight_dtype(Precision precision) {
  return is_pure_half(precision) ? torch::kBFloat16 : torch::kFloat32;
}

std::optional<torch::ScalarType> autocast_dtype(Precision precision) {
  switch (precision) {
    case Precision::autocast_bf16: return torch::kBFloat16;
    case Precision::autocast_fp16: return torch::kFloat16;
    default: return std::nullopt;
  }
}

AutocastGuard::AutocastGuard(torch::DeviceType device, std::optional<torch::ScalarType> dtype)
    : device_(device),
      was_enabled_(at::autocast::is_autocast_enabled(device)),
      dtype_before_(at::autocast::get_autocast_dtype(device)) {
  at::autocast::set_autocast_enabled(device, dtype.has_value());
  if (dtype) at::autocast::set_autocast_dtype(device, *dtype);
  at::autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_dtype(device_, dtype_before_);
  at::autocast::set_autocast_enabled(device_, was_enabled_);
}

}  // namespace profile_train::workloads
