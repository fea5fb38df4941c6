#pragma once

#include <torch/torch.h>

#include <optional>

#include "profiler/training_setup.h"

namespace profile_train::workloads {

/// What a precision gives parameters.
torch::ScalarType weight_dtype(Precision precision);
/// What autocast casts to; none: no autocast.
std::optional<torch::ScalarType> autocast_dtype(Precision precision);

/// Autocast on one kind of device for as long as it lives, on the thread that made it.
///
/// When the outermost guard goes, LibTorch's cache of cast weights is emptied: a copy that outlived its step would be
/// of weights that have changed since. What the graph needs for backward it holds itself. Guards may nest.
class [[nodiscard]] AutocastGuard {
 public:
  /// Without a dtype autocast is off while the guard lives.
  AutocastGuard(torch::DeviceType device, std::optional<torch::ScalarType> dtype);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  torch::DeviceType device_;
  bool was_enabled_;
  torch::ScalarType dtype_before_;
};

}  // namespace profile_train::workloads
