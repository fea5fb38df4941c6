#include "profiler/memory_model/coverage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/teacher.h"
#include "profiler/mode_names.h"

namespace profile_train {

namespace {

/// A new family is a line here and in symbolic/models.cpp.
constexpr const char* kKnownFamilies[] = {"gpt2", "llama", "bert", "t5"};

std::string finetuning_not_covered(const TrainingSetup& s) {
  if (s.model_family != "gpt2") {
    if (is_tuned_in_part(s))
      return fmt::format("the memory model knows fine-tuning of gpt2, not of {}", s.model_family);
    if (s.weight_storage != WeightStorage::full)
      return fmt::format("the memory model knows quantised weights of gpt2, not of {}", s.model_family);
    return {};
  }
  if (s.frozen_blocks < 0 || s.frozen_blocks > s.blocks)
    return fmt::format("of {} blocks {} cannot be frozen", s.blocks, s.frozen_blocks);
  if (s.frozen_blocks > 0 && s.lora_rank > 0) return "the memory model does not know frozen blocks beside adapters";
  if (s.weight_storage == WeightStorage::full) return {};
  if (s.task == Task::training && s.lora_rank == 0) return "quantised weights cannot be trained";
  for (const ParameterShape& matrix : quantised_matrices(s)) {
    if (s.quantisation_group <= 0 || matrix.numel() % s.quantisation_group != 0)
      return fmt::format("groups of {} numbers do not divide {}", s.quantisation_group, matrix.name);
    if (s.weight_storage == WeightStorage::int4 && matrix.numel() % 2 != 0)
      return fmt::format("{} has an odd number of numbers, and int4 packs two a byte", matrix.name);
  }
  return {};
}

std::string attention_not_covered(const TrainingSetup& s) {
  if (s.attention != AttentionKind::efficient && s.attention != AttentionKind::cudnn) return {};
  const std::int64_t aligned = s.precision == Precision::fp32 ? 4 : 8;  // 16 bytes
  if (head_size(s) % aligned == 0) return {};
  return fmt::format("{} takes heads of a multiple of {} numbers, not of {}", names_of(s.attention).key, aligned,
                     head_size(s));
}

std::string t5_not_covered(const TrainingSetup& s) {
  const bool takes_bias = s.attention == AttentionKind::materialised || s.attention == AttentionKind::sdpa ||
                          s.attention == AttentionKind::math;
  if (!takes_bias) return "T5 adds a bias to the scores, which only some kernels of attention take";
  if (s.checkpointing == Checkpointing::attention)
    return "the memory model knows checkpoints of attention in gpt2 only";
  return {};
}

std::string llama_not_covered(const TrainingSetup& s) {
  if (s.dropout > 0.0) return "Llama has no dropout, and the memory model knows it without";
  if (s.heads % kv_heads(s) != 0)
    return fmt::format("{} heads of keys and values do not divide {} heads of queries", kv_heads(s), s.heads);
  if (head_size(s) % 2 != 0)
    return fmt::format("rotary positions turn pairs of numbers, and the head size, {}, is odd", head_size(s));
  if (s.checkpointing == Checkpointing::attention)
    return "the memory model knows checkpoints of attention in gpt2 only";
  return {};
}

}  // namespace

std::string why_not_covered(const TrainingSetup& s) {
  if (std::ranges::find(kKnownFamilies, s.model_family) == std::end(kKnownFamilies))
    return fmt::format("the memory model knows {}, not {}", fmt::join(kKnownFamilies, ", "), s.model_family);
  if (std::string reason = finetuning_not_covered(s); !reason.empty()) return reason;
  if (s.model_family == "bert" && s.loss_chunk_rows > 0)
    return "BERT's loss leaves out most tokens, which a loss in chunks cannot";
  if (s.teacher_blocks > 0) {
    if (s.loss_chunk_rows > 0 || s.task != Task::training)
      return "the memory model knows a teacher beside a loss over all logits only";
    if (s.teacher_hidden <= 0 || s.teacher_heads <= 0 || s.teacher_hidden % s.teacher_heads != 0)
      return "the setup does not say how wide the teacher is and how many heads it has";
    if (std::string reason = attention_not_covered(teacher_of(s)); !reason.empty()) return reason;
  }
  if (s.padding > 0.0 && s.model_family == "t5") return "the memory model does not know padded sequences in t5";
  if (s.device != "cpu" && !s.on_cuda())
    return fmt::format("the memory model knows the operators of the CPU and of CUDA, not those of {}", s.device);
  for (const auto& [name, value] :
       {std::pair{"blocks", s.blocks + 1}, std::pair{"hidden", s.hidden}, std::pair{"heads", s.heads},
        std::pair{"feed_forward", s.feed_forward}, std::pair{"vocabulary", s.vocabulary},
        std::pair{"positions", s.positions}, std::pair{"batch", s.batch}, std::pair{"sequence", s.sequence},
        std::pair{"accumulation", s.accumulation}, std::pair{"threads", s.threads}})
    if (value <= 0) return fmt::format("the setup says nothing of '{}', which the memory model needs", name);
  if (s.head_size == 0 && s.hidden % s.heads != 0)
    return fmt::format("{} heads do not divide a hidden size of {}", s.heads, s.hidden);
  if (s.model_family == "llama")
    if (std::string reason = llama_not_covered(s); !reason.empty()) return reason;
  if (s.model_family == "t5")
    if (std::string reason = t5_not_covered(s); !reason.empty()) return reason;
  if (std::string reason = attention_not_covered(s); !reason.empty()) return reason;
  if (s.sequence > s.positions)
    return fmt::format("a sequence of {} is longer than the {} positions of the model", s.sequence, s.positions);
  return {};
}

}  // namespace profile_train
