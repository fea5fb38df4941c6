#include "workloads/compression_modes.h"

#include <fmt/format.h>

#include "profiler/memory_model/pruned_shape.h"
#include "profiler/mode_names.h"

namespace profile_train::workloads {
namespace {

/// The divisor of `hidden` that is nearest to `heads`, the smaller of two.
std::int64_t nearest_heads(std::int64_t heads, std::int64_t hidden) {
  for (std::int64_t distance = 1; distance < heads; ++distance)
    for (const std::int64_t candidate : {heads - distance, heads + distance})
      if (hidden % candidate == 0) return candidate;
  return 1;
}

std::optional<ModeProblem> of_teacher(const TrainingConfig& c) {
  if (c.distillation.teacher_blocks == 0) return std::nullopt;
  if (c.model.family != "gpt2")
    return ModeProblem{"distillation.teacher_blocks",
                       fmt::format("only gpt2 learns from a teacher, not {}; use 0", c.model.family)};
  if (c.loss.chunk_rows > 0)
    return ModeProblem{"loss.chunk_rows", "what is learned from a teacher needs all logits at once; use 0"};
  const std::int64_t hidden = c.distillation.teacher_hidden > 0 ? c.distillation.teacher_hidden : c.model.hidden;
  const std::int64_t heads = c.distillation.teacher_heads > 0 ? c.distillation.teacher_heads : c.model.heads;
  if (hidden % heads != 0)
    return ModeProblem{"distillation.teacher_heads",
                       fmt::format("{} heads do not divide the teacher's hidden size, which is {}; use {}", heads,
                                   hidden, nearest_heads(heads, hidden))};
  constexpr std::int64_t kLargestFlashHead = 256;
  if (c.model.attention == AttentionKind::flash && hidden / heads > kLargestFlashHead)
    return ModeProblem{"model.attention", fmt::format("flash takes heads of up to {} numbers, and the teacher's have "
                                                      "{}; use efficient, or sdpa",
                                                      kLargestFlashHead, hidden / heads)};
  return std::nullopt;
}

std::optional<ModeProblem> of_pruning(const TrainingConfig& c) {
  if (c.model.pruning == Pruning::none) return std::nullopt;
  if (c.model.family != "gpt2")
    return ModeProblem{"compression.pruning", fmt::format("only gpt2 can be pruned, not {}; use none", c.model.family)};
  if (c.model.pruning == Pruning::unstructured) {
    if (c.model.weights != WeightStorage::full)
      return ModeProblem{"compression.weights",
                         "a mask needs weights that are stored in full; use full, or compression.pruning: structured"};
    return std::nullopt;
  }
  const PrunedShape left = pruned_shape(c.model.heads, c.model.feed_forward, c.model.pruned_share);
  if (left.heads == 0 || left.feed_forward == 0)
    return ModeProblem{"compression.pruned_share",
                       fmt::format("of {} heads and a feed-forward width of {}, {} and {} would be left; use {:.3g}",
                                   c.model.heads, c.model.feed_forward, left.heads, left.feed_forward,
                                   1.0 - 1.0 / static_cast<double>(c.model.heads))};
  return std::nullopt;
}

std::optional<ModeProblem> of_inference(const TrainingConfig& c) {
  if (c.task != Task::inference) return std::nullopt;
  if (c.distillation.teacher_blocks > 0)
    return ModeProblem{"distillation.teacher_blocks", "inference has no loss to learn a teacher's logits by; use 0"};
  if (c.loss.chunk_rows > 0) return ModeProblem{"loss.chunk_rows", "inference has no loss; use 0"};
  if (c.loss.hold_logits) return ModeProblem{"loss.hold_logits", "inference has no backward pass; use false"};
  if (c.model.checkpointing != Checkpointing::none)
    return ModeProblem{"train.checkpointing", "inference keeps nothing that could be computed again; use none"};
  if (c.train.accumulation > 1)
    return ModeProblem{"train.accumulation", "inference has no gradients to add up; use 1, and more train.steps"};
  if (c.model.frozen_blocks > 0)
    return ModeProblem{"finetune.frozen_blocks", "inference trains nothing, frozen or not; use 0"};
  if (c.precision == Precision::bf16_master)
    return ModeProblem{"precision", "inference has no optimizer that works on master weights; use bf16"};
  return std::nullopt;
}

}  // namespace

std::optional<ModeProblem> impossible_compression(const TrainingConfig& config) {
  if (auto problem = of_inference(config)) return problem;
  if (auto problem = of_teacher(config)) return problem;
  return of_pruning(config);
}

std::string_view needs_mode(std::string_view key) {
  if (key == "distillation.teacher_blocks") return {};
  if (key.starts_with("distillation.")) return "there is no teacher; set distillation.teacher_blocks";
  if (key == "compression.pruned_share")
    return "compression.pruning is none, so nothing is pruned; use structured or unstructured";
  if (key == "compression.group") return "weights are stored in full; set compression.weights to int8 or int4";
  if (key == "finetune.lora_alpha") return "there are no adapters; set finetune.lora_rank";
  return {};
}

}  // namespace profile_train::workloads
