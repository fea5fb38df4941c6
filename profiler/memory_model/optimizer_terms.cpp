#include "profiler/memory_model/optimizer_terms.h"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

// 8-bit AdamW: workloads/optimizers/adamw_8bit.cpp has the reasons.
constexpr std::int64_t kBlock = 256;
constexpr Bytes kBlockBytes = 2 * (kBlock + 4);            // codes and a scale, twice
constexpr Bytes kTableBytes = Bytes{2} * 4 * (256 + 255);  // values and borders, signed and not
constexpr std::int64_t kLeastQuantised = 4096;
constexpr std::int64_t kNumbersAtOnce = std::int64_t{4096} * kBlock;

std::int64_t blocks(std::int64_t numbers) { return (numbers + kBlock - 1) / kBlock; }

TermFormula adafactor_state(const TrainingSetup& s, Bytes width) {
  Bytes bytes = 0;
  for (const ParameterShape& p : trained_parameter_shapes(s))
    bytes += width * (p.sizes.size() == 2 ? p.sizes[0] + p.sizes[1] : p.numel());
  return {fmt::format("Σ {0}(r + c) + Σ {0}n of vectors", width), bytes};
}

/// What is not quantised is in the numbers of the update.
TermFormula adamw_8bit_state(const TrainingSetup& s, Bytes width) {
  Bytes bytes = 0;
  bool quantised = false;
  for (const ParameterShape& p : trained_parameter_shapes(s)) {
    quantised = quantised || p.numel() >= kLeastQuantised;
    bytes += p.numel() < kLeastQuantised ? 2 * width * p.numel() : kBlockBytes * blocks(p.numel());
  }
  return {fmt::format("Σ 520⌈n/256⌉ + Σ {}n of n < 4096 + 4088", 2 * width), bytes + (quantised ? kTableBytes : 0)};
}

TermFormula times(std::int64_t factor, const char* what, Bytes bytes) {
  return factor == 0 ? TermFormula{"0", 0} : TermFormula{fmt::format("{}{}", factor, what), factor * bytes};
}

}  // namespace

TermFormula optimizer_state(const TrainingSetup& s) {
  const std::int64_t n = trained_parameter_count(s);
  const Bytes width = widths_of(s).update;
  switch (s.optimizer) {
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      if (s.optimizer_implementation != OptimizerImplementation::fused)
        return times(2 * width, letter_of_trained(s), n);
      return {fmt::format("{}{} + 4t", 2 * width, letter_of_trained(s)),
              2 * width * n + 4 * static_cast<Bytes>(trained_parameter_shapes(s).size())};
    case OptimizerKind::lamb: return times(2 * width, letter_of_trained(s), n);
    case OptimizerKind::sgd: return times(s.momentum != 0.0 ? width : 0, letter_of_trained(s), n);
    case OptimizerKind::rmsprop:
      return times(width * (1 + (s.momentum > 0.0 ? 1 : 0) + (s.centered ? 1 : 0)), letter_of_trained(s), n);
    case OptimizerKind::adafactor: return adafactor_state(s, width);
    case OptimizerKind::adamw_8bit: return adamw_8bit_state(s, width);
  }
  return {};
}

TermFormula optimizer_temporaries(const TrainingSetup& s) {
  const std::int64_t n = largest_parameter(s);
  const Bytes width = widths_of(s).update;
  const Bytes decayed = s.weight_decay != 0.0 ? width : 0;  // the gradient with the weights' share, where it is copied
  switch (s.optimizer) {
    case OptimizerKind::adam:
    case OptimizerKind::adamw: {
      const Bytes of_gradient = s.optimizer == OptimizerKind::adam ? decayed : 0;
      switch (s.optimizer_implementation) {
        case OptimizerImplementation::loop: return times(2 * width + of_gradient, "·n_max", n);
        case OptimizerImplementation::foreach:
          return times(width + of_gradient, letter_of_trained(s), trained_parameter_count(s));
        case OptimizerImplementation::fused: return {"0", 0};
      }
      return {};
    }
    case OptimizerKind::sgd: return times(decayed, "·n_max", n);
    case OptimizerKind::rmsprop: return times(width + decayed, "·n_max", n);
    case OptimizerKind::adafactor:
    case OptimizerKind::lamb: return times(width, "·n_max", n);
    case OptimizerKind::adamw_8bit: return times(16, "·min(n_max, 2^20)", std::min(blocks(n) * kBlock, kNumbersAtOnce));
  }
  return {};
}

bool needs_all_state_first(const TrainingSetup& s) {
  return s.optimizer_implementation != OptimizerImplementation::loop;
}

}  // namespace profile_train
