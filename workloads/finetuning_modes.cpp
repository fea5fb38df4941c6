#include "workloads/finetuning_modes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "profiler/memory_model/pruned_shape.h"
#include "profiler/mode_names.h"

namespace profile_train::workloads {
namespace {

struct BlockMatrix {
  const char* name;
  std::int64_t in, out;
  std::int64_t numbers() const { return in * out; }
};

/// The four of a GPT-2 block, as structured pruning leaves them.
std::array<BlockMatrix, 4> block_matrices(const ModelConfig& m) {
  const std::int64_t head = m.hidden / m.heads;
  PrunedShape left{m.heads, m.feed_forward};
  if (m.pruning == Pruning::structured) left = pruned_shape(m.heads, m.feed_forward, m.pruned_share);
  const std::int64_t inner = left.heads * head;
  return {BlockMatrix{"attn.c_attn", m.hidden, 3 * inner}, BlockMatrix{"attn.c_proj", inner, m.hidden},
          BlockMatrix{"mlp.c_fc", m.hidden, left.feed_forward}, BlockMatrix{"mlp.c_proj", left.feed_forward, m.hidden}};
}

/// The divisor of `number` that is nearest to `wanted`, the smaller of two.
std::int64_t nearest_divisor(std::int64_t number, std::int64_t wanted) {
  std::int64_t best = 1;
  for (std::int64_t candidate = 1; candidate <= number / candidate; ++candidate) {
    if (number % candidate != 0) continue;
    for (const std::int64_t divisor : {candidate, number / candidate})
      if (std::abs(divisor - wanted) < std::abs(best - wanted) ||
          (std::abs(divisor - wanted) == std::abs(best - wanted) && divisor < best))
        best = divisor;
  }
  return best;
}

std::optional<ModeProblem> of_family(const TrainingConfig& c) {
  if (c.model.family == "gpt2") return std::nullopt;
  const auto only_gpt2 = [&](const char* key, const char* what, const char* instead) {
    return ModeProblem{key, fmt::format("only gpt2 {}, not {}; use {}", what, c.model.family, instead)};
  };
  if (c.model.frozen_blocks > 0) return only_gpt2("finetune.frozen_blocks", "has blocks that can be frozen", "0");
  if (c.model.lora_rank > 0) return only_gpt2("finetune.lora_rank", "has adapters", "0");
  if (c.model.weights != WeightStorage::full)
    return only_gpt2("compression.weights", "has weights that can be quantised", "full");
  return std::nullopt;
}

std::optional<ModeProblem> of_frozen_blocks(const ModelConfig& m) {
  if (m.frozen_blocks > m.blocks)
    return ModeProblem{"finetune.frozen_blocks", fmt::format("{} is more than model.blocks, which is {}; use {}",
                                                             m.frozen_blocks, m.blocks, m.blocks)};
  if (m.frozen_blocks > 0 && m.lora_rank > 0)
    return ModeProblem{"finetune.frozen_blocks",
                       "adapters leave every weight as it is, so that no block is left to be frozen; use 0, or "
                       "finetune.lora_rank: 0"};
  return std::nullopt;
}

std::optional<ModeProblem> of_adapters(const ModelConfig& m) {
  if (m.lora_rank == 0) return std::nullopt;
  for (const BlockMatrix& matrix : block_matrices(m)) {
    const std::int64_t smaller = std::min(matrix.in, matrix.out);
    if (m.lora_rank > smaller)
      return ModeProblem{"finetune.lora_rank",
                         fmt::format("{} is more than the smaller side of {}, which is {} × {}; use {}", m.lora_rank,
                                     matrix.name, matrix.in, matrix.out, smaller)};
  }
  return std::nullopt;
}

std::optional<ModeProblem> of_quantised_weights(const TrainingConfig& c) {
  const ModelConfig& m = c.model;
  if (m.weights == WeightStorage::full) return std::nullopt;
  if (c.task == Task::training && m.lora_rank == 0)
    return ModeProblem{"compression.weights",
                       "quantised weights cannot be trained; add finetune.lora_rank, or use task: inference or "
                       "compression.weights: full"};
  const auto matrices = block_matrices(m);
  std::int64_t common = 0;
  for (const BlockMatrix& matrix : matrices) {
    common = std::gcd(common, matrix.numbers());
    if (m.weights == WeightStorage::int4 && matrix.numbers() % 2 != 0)
      return ModeProblem{"compression.weights",
                         fmt::format("int4 packs two numbers a byte, and {} has {} × {}, an odd number; use int8",
                                     matrix.name, matrix.in, matrix.out)};
  }
  for (const BlockMatrix& matrix : matrices)
    if (matrix.numbers() % m.quantisation_group != 0)
      return ModeProblem{"compression.group",
                         fmt::format("{} does not divide the {} numbers of {}, which is {} × {}; use {}",
                                     m.quantisation_group, matrix.numbers(), matrix.name, matrix.in, matrix.out,
                                     nearest_divisor(common, m.quantisation_group))};
  return std::nullopt;
}

}  // namespace

std::optional<ModeProblem> impossible_finetuning(const TrainingConfig& config) {
  if (auto problem = of_family(config)) return problem;
  if (auto problem = of_frozen_blocks(config.model)) return problem;
  if (auto problem = of_adapters(config.model)) return problem;
  return of_quantised_weights(config);
}

}  // namespace profile_train::workloads
