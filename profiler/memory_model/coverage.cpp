#include "profiler/memory_model/coverage.h"

#include <fmt/format.h>

#include "profiler/memory_model/attention_path.h"
#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"

namespace profile_train {

namespace {

std::string attention_not_covered(const TrainingSetup& s) {
  const AttentionPath path = path_of(s);
  const bool fused = path == AttentionPath::efficient || path == AttentionPath::flash || path == AttentionPath::cudnn;
  if (!fused) return {};
  const std::int64_t aligned = s.precision == Precision::fp32 ? 4 : 8;  // 16 bytes: else CUDA takes another path
  if (s.hidden / s.heads % aligned != 0)
    return fmt::format("the memory model knows SDPA on CUDA for heads of a multiple of {}, not of {}", aligned,
                       s.hidden / s.heads);
  constexpr std::int64_t kNarrowHead = 64;
  if (path == AttentionPath::efficient && s.precision != Precision::fp32 && s.hidden / s.heads > kNarrowHead)
    return fmt::format("the memory model knows memory-efficient attention in half precision for heads of up to {}",
                       kNarrowHead);
  return {};
}

}  // namespace

std::string why_not_covered(const TrainingSetup& s) {
  if (s.model_family != "gpt2") return fmt::format("the memory model knows gpt2, not {}", s.model_family);
  if (s.loss_chunk_rows > 0 && s.precision != Precision::fp32)
    return "the memory model knows a loss in chunks in fp32 only";
  if (s.task != Task::training) return "the memory model does not know inference as a task";
  if (s.frozen_blocks > 0) return "the memory model does not know frozen blocks";
  if (s.lora_rank > 0) return "the memory model does not know low-rank adapters";
  if (s.weight_storage != WeightStorage::full) return "the memory model does not know quantised weights";
  if (s.pruning != Pruning::none) return "the memory model does not know pruned models";
  if (s.teacher_blocks > 0) return "the memory model does not know a teacher";
  if (s.padding > 0.0) return "the memory model does not know padded sequences";
  const bool known_optimizer = s.optimizer == OptimizerKind::adamw || s.optimizer == OptimizerKind::sgd;
  const bool in_every_precision = known_optimizer && s.optimizer_implementation == OptimizerImplementation::loop;
  if (!in_every_precision && s.precision != Precision::fp32)
    return fmt::format("the memory model knows {} ({}) in fp32 only", names_of(s.optimizer).title,
                       key_of(s.optimizer_implementation));
  if (s.device != "cpu" && !s.on_cuda())
    return fmt::format("the memory model knows the operators of the CPU and of CUDA, not those of {}", s.device);
  for (const auto& [name, value] :
       {std::pair{"blocks", s.blocks + 1}, std::pair{"hidden", s.hidden}, std::pair{"heads", s.heads},
        std::pair{"feed_forward", s.feed_forward}, std::pair{"vocabulary", s.vocabulary},
        std::pair{"positions", s.positions}, std::pair{"batch", s.batch}, std::pair{"sequence", s.sequence},
        std::pair{"accumulation", s.accumulation}, std::pair{"threads", s.threads}})
    if (value <= 0) return fmt::format("the setup says nothing of '{}', which the memory model needs", name);
  if (s.hidden % s.heads != 0) return fmt::format("{} heads do not divide a hidden size of {}", s.heads, s.hidden);
  if (std::string reason = attention_not_covered(s); !reason.empty()) return reason;
  if (s.sequence > s.positions)
    return fmt::format("a sequence of {} is longer than the {} positions of the model", s.sequence, s.positions);
  return {};
}

}  // namespace profile_train
