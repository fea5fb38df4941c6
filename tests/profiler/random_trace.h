#pragma once

#include <random>

#include "tests/profiler/trace_builder.h"

namespace profile_train::test {

/// A trace that no program would make: any event at any time, few addresses so that they are used again and again, two
/// devices, several threads, marks that do not match, frees and allocations lost.
inline Trace random_trace(std::uint64_t seed, int events) {
  std::mt19937_64 random(seed);
  const auto upto = [&](std::uint64_t n) { return random() % (n + 1); };
  TraceBuilder t;
  const std::vector<const char*> modules = {"", "transformer.h.0", "lm_head", "loss"};
  const std::vector<const char*> operators = {"aten::mm", "aten::to", "aten::log_softmax",
                                              "aten::_scaled_dot_product_flash_attention_for_cpu"};
  std::int64_t step = 0;
  for (int i = 0; i < events; ++i) {
    const std::uint64_t address = 64 * (1 + upto(39));
    t.thread(static_cast<std::uint32_t>(1 + upto(3)));
    t.device(upto(9) == 0 ? DeviceType::cuda : DeviceType::cpu);
    t.module(modules[upto(modules.size() - 1)]);
    if (upto(1) == 0) t.backward("MmBackward0");
    t.op(operators[upto(operators.size() - 1)]);
    switch (upto(19)) {
      case 0: t.role(address, static_cast<Role>(1 + upto(kRoles - 2)), "name"); break;
      case 1:
        t.describe(address, upto(1) == 0 ? "float32" : "bfloat16", {static_cast<std::int64_t>(upto(3)), 50});
        break;
      case 2: t.carried_in(address, static_cast<Bytes>(upto(4096))); break;
      case 3: t.nested_phase(static_cast<Phase>(upto(kPhases - 1))); break;
      case 4: t.phase(static_cast<Phase>(upto(kPhases - 1))); break;
      case 5:
        if (upto(9) == 0) t.step(++step);
        break;
      case 6: t.metric("loss", 1.0); break;
      case 7:
      case 8:
      case 9:
      case 10:
      case 11:
      case 12: t.free(address); break;
      default: t.allocate(address, static_cast<Bytes>(upto(4096))); break;
    }
  }
  return t.build_cut();
}

}  // namespace profile_train::test
