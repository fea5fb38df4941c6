#pragma once

#include "profiler/training_setup.h"

namespace profile_train::workloads {

/// Leaves scaled_dot_product_attention one kernel to choose from while it lives; with AttentionKind::sdpa, all of them.
///
/// LibTorch's switches are of the process, not of a thread, and are put back as they were. If the kernel cannot take
/// the arguments LibTorch throws and says why.
class [[nodiscard]] SdpaKernelGuard {
 public:
  explicit SdpaKernelGuard(AttentionKind kind);
  ~SdpaKernelGuard();
  SdpaKernelGuard(const SdpaKernelGuard&) = delete;
  SdpaKernelGuard& operator=(const SdpaKernelGuard&) = delete;

 private:
  struct Switches {
    bool math, flash, efficient, cudnn;
  };
  static Switches current();
  static void set(const Switches& switches);

  Switches before_;
};

}  // namespace profile_train::workloads
