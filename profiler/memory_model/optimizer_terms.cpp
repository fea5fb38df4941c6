#include "profiler/memory_model/optimizer_terms.h"

#include <algorithm>

#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/parameter_shapes.h"

namespace profile_train {
namespace {

// 8-bit AdamW: workloads/optimizers/adamw_8bit.cpp has the reasons.
constexpr std::int64_t kBlock = 256;
constexpr Bytes kBlockBytes = 2 * (kBlock + 4);            // codes and a scale, twice
constexpr Bytes kTableBytes = Bytes{2} * 4 * (256 + 255);  // values and borders, signed and not
constexpr std::int64_t kLeastQuantised = 4096;
constexpr std::int64_t kNumbersAtOnce = std::int64_t{4096} * kBlock;

std::int64_t blocks(std::int64_t numbers) { return (numbers + kBlock - 1) / kBlock; }

TermFormula adafactor_state(const TrainingSetup& s) {
  Bytes bytes = 0;
  for (const ParameterShape& p : parameter_shapes(s))
    bytes += 4 * (p.sizes.size() == 2 ? p.sizes[0] + p.sizes[1] : p.numel());
  return {"Σ 4(r + c) + Σ 4n of vectors", bytes};
}

TermFormula adamw_8bit_state(const TrainingSetup& s) {
  Bytes bytes = 0;
  bool quantised = false;
  for (const ParameterShape& p : parameter_shapes(s)) {
    quantised = quantised || p.numel() >= kLeastQuantised;
    bytes += p.numel() < kLeastQuantised ? 8 * p.numel() : kBlockBytes * blocks(p.numel());
  }
  return {"Σ 520⌈n/256⌉ + Σ 8n of n < 4096 + 4088", bytes + (quantised ? kTableBytes : 0)};
}

TermFormula times(std::int64_t factor, const char* what, Bytes bytes) {
  return factor == 0 ? TermFormula{"0", 0} : TermFormula{std::to_string(factor) + what, factor * bytes};
}

}  // namespace

TermFormula optimizer_state(const TrainingSetup& s) {
  const std::int64_t n = parameter_count(s);
  switch (s.optimizer) {
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      if (s.optimizer_implementation != OptimizerImplementation::fused) return {"8N", 8 * n};
      return {"8N + 4t", 8 * n + 4 * static_cast<Bytes>(parameter_shapes(s).size())};
    case OptimizerKind::lamb: return {"8N", 8 * n};
    case OptimizerKind::sgd: return times(s.momentum != 0.0 ? 4 : 0, "N", n);
    case OptimizerKind::rmsprop: return times(4 + (s.momentum > 0.0 ? 4 : 0) + (s.centered ? 4 : 0), "N", n);
    case OptimizerKind::adafactor: return adafactor_state(s);
    case OptimizerKind::adamw_8bit: return adamw_8bit_state(s);
  }
  return {};
}

TermFormula optimizer_temporaries(const TrainingSetup& s) {
  const std::int64_t n = largest_parameter(s);
  const std::int64_t decayed =
      s.weight_decay != 0.0 ? 4 : 0;  // the gradient with the weights' share, where it is copied
  switch (s.optimizer) {
    case OptimizerKind::adam:
    case OptimizerKind::adamw: {
      const std::int64_t of_gradient = s.optimizer == OptimizerKind::adam ? decayed : 0;
      switch (s.optimizer_implementation) {
        case OptimizerImplementation::loop: return times(8 + of_gradient, "·n_max", n);
        case OptimizerImplementation::foreach: return times(4 + of_gradient, "N", parameter_count(s));
        case OptimizerImplementation::fused: return {"0", 0};
      }
      return {};
    }
    case OptimizerKind::sgd: return times(decayed, "·n_max", n);
    case OptimizerKind::rmsprop: return times(4 + decayed, "·n_max", n);
    case OptimizerKind::adafactor:
    case OptimizerKind::lamb: return times(4, "·n_max", n);
    case OptimizerKind::adamw_8bit: return times(16, "·min(n_max, 2^20)", std::min(blocks(n) * kBlock, kNumbersAtOnce));
  }
  return {};
}

bool needs_all_state_first(const TrainingSetup& s) {
  return s.optimizer_implementation != OptimizerImplementation::loop;
}

}  // namespace profile_train
