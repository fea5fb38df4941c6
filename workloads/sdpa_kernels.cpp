#include "workloads/sdpa_kernels.h"

#include <ATen/Context.h>

namespace profile_train::workloads {

SdpaKernelGuard::Switches SdpaKernelGuard::current() {
  const at::Context& context = at::globalContext();
  return {context.userEnabledMathSDP(), context.userEnabledFlashSDP(), context.userEnabledMemEfficientSDP(),
          context.userEnabledCuDNNSDP()};
}

void SdpaKernelGuard::set(const Switches& switches) {
  at::Context& context = at::globalContext();
  context.setSDPUseMath(switches.math);
  context.setSDPUseFlash(switches.flash);
  context.setSDPUseMemEfficient(switches.efficient);
  context.setSDPUseCuDNN(switches.cudnn);
}

SdpaKernelGuard::SdpaKernelGuard(AttentionKind kind) : before_(current()) {
  if (kind == AttentionKind::sdpa) return;
  set({kind == AttentionKind::math, kind == AttentionKind::flash, kind == AttentionKind::efficient,
       kind == AttentionKind::cudnn});
}

SdpaKernelGuard::~SdpaKernelGuard() { set(before_); }

}  // namespace profile_train::workloads
