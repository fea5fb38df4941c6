#include "workloads/modes.h"

#include <fmt/format.h>

#include "profiler/mode_names.h"
#include "workloads/compression_modes.h"
#include "workloads/finetuning_modes.h"

namespace profile_train::workloads {
namespace {

constexpr std::int64_t kAmpere = 80;
constexpr std::int64_t kLargestFlashHead = 256;

std::optional<ModeProblem> padding_problem(const TrainingConfig& c) {
  if (c.train.padding == 0.0) return std::nullopt;
  if (c.model.family == "t5")
    return ModeProblem{"train.padding", "gpt2, llama and bert take padded sequences, t5 does not; use 0"};
  if (c.task == Task::inference)
    return ModeProblem{"train.padding", "inference is on whole sequences; use 0, or task: training"};
  if (c.distillation.teacher_blocks > 0)
    return ModeProblem{"train.padding", "a teacher knows nothing of padding; use 0, or distillation.teacher_blocks: 0"};
  return std::nullopt;
}

std::optional<ModeProblem> on_cpu(const TrainingConfig& c) {
  const char* key = names_of(c.model.attention).key;
  switch (c.model.attention) {
    case AttentionKind::cudnn:
    case AttentionKind::efficient:
      return ModeProblem{"model.attention", fmt::format("{} runs on CUDA only; on the CPU use flash or sdpa", key)};
    case AttentionKind::flash:
      if (c.model.dropout > 0.0)
        return ModeProblem{"model.attention", "the CPU's flash kernel knows no dropout; use math, or model.dropout: 0"};
      break;
    default: break;
  }
  if (c.precision == Precision::autocast_fp16 && !c.scaler.enabled)
    return ModeProblem{"scaler.enabled",
                       "fp16 gradients vanish without a scale; use true, or precision: autocast-bf16"};
  return std::nullopt;
}

/// Cards with little shared memory.
bool backward_is_too_wide(const TrainingConfig& c, std::int64_t head_size, std::int64_t compute_capability) {
  const bool little = compute_capability == 86 || compute_capability == 89 || compute_capability >= 120;
  if (!little || c.task == Task::inference) return false;
  return (head_size > 192 && head_size <= 224) || (head_size > 224 && c.model.dropout > 0.0);
}

std::optional<ModeProblem> on_cuda(const TrainingConfig& c, std::int64_t compute_capability) {
  const bool fused_half = c.model.attention == AttentionKind::flash || c.model.attention == AttentionKind::cudnn;
  if (fused_half && compute_capability != 0 && compute_capability < kAmpere)
    return ModeProblem{"model.attention",
                       fmt::format("{} needs compute capability 8.0 and the card has {}.{}; use efficient",
                                   names_of(c.model.attention).key, compute_capability / 10, compute_capability % 10)};
  const bool takes_whole_heads =
      c.model.attention == AttentionKind::efficient || c.model.attention == AttentionKind::cudnn;
  const std::int64_t head_size = c.model.head_size > 0 ? c.model.head_size : c.model.hidden / c.model.heads;
  const std::int64_t multiple = c.precision == Precision::fp32 ? 4 : 8;  // 16 bytes
  if (takes_whole_heads && head_size % multiple != 0)
    return ModeProblem{"model.attention", fmt::format("{} takes heads of a multiple of {} numbers, not of {}; use sdpa",
                                                      names_of(c.model.attention).key, multiple, head_size)};
  if (c.model.attention == AttentionKind::flash && backward_is_too_wide(c, head_size, compute_capability))
    return ModeProblem{"model.attention",
                       fmt::format("flash's backward for heads of {} numbers does not fit a card of compute capability "
                                   "{}.{}; use efficient or math",
                                   head_size, compute_capability / 10, compute_capability % 10)};
  if (c.model.attention == AttentionKind::flash && c.train.padding > 0.0)
    return ModeProblem{"model.attention",
                       "CUDA's flash kernel takes no mask of padding; use efficient, or "
                       "train.padding: 0"};
  return std::nullopt;
}

}  // namespace

std::optional<ModeProblem> impossible_modes(const TrainingConfig& c) {
  const bool half_only = c.model.attention == AttentionKind::cudnn;
  if (half_only && c.precision == Precision::fp32)
    return ModeProblem{"model.attention",
                       fmt::format("{} takes half precision only; use efficient, or precision: autocast-bf16",
                                   names_of(c.model.attention).key)};
  const std::int64_t head_size = c.model.head_size > 0 ? c.model.head_size : c.model.hidden / c.model.heads;
  if (c.model.attention == AttentionKind::flash && head_size > kLargestFlashHead)
    return ModeProblem{"model.attention", fmt::format("flash takes heads of up to {} numbers, not {}; use efficient",
                                                      kLargestFlashHead, head_size)};
  if (auto problem = impossible_compression(c)) return problem;
  if (auto problem = padding_problem(c)) return problem;
  return impossible_finetuning(c);
}

Result<void> check_modes_on_device(const TrainingConfig& config, std::int64_t compute_capability) {
  const bool cuda = config.device.starts_with("cuda");
  std::optional<ModeProblem> problem = cuda ? on_cuda(config, compute_capability) : on_cpu(config);
  const bool flash_in_fp32 = config.model.attention == AttentionKind::flash && config.precision == Precision::fp32;
  if (!problem && cuda && flash_in_fp32)
    problem = {"model.attention",
               "CUDA's flash kernel takes half precision only; use efficient, or precision: "
               "autocast-bf16"};
  if (!problem) return {};
  return failure(fmt::format("{} on {}: {}", problem->key, config.device, problem->why));
}

}  // namespace profile_train::workloads
