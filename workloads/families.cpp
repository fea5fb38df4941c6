#include "workloads/families.h"

#include <fmt/format.h>

namespace profile_train::workloads {
namespace {

std::optional<ModeProblem> of_llama(const TrainingConfig& c) {
  const ModelConfig& m = c.model;
  if (m.dropout > 0.0) return ModeProblem{"model.dropout", "Llama has none; use 0"};
  if (m.kv_heads > 0 && m.heads % m.kv_heads != 0)
    return ModeProblem{"model.kv_heads", fmt::format("{} do not divide model.heads, which is {}", m.kv_heads, m.heads)};
  const std::int64_t head_size = m.head_size > 0 ? m.head_size : m.hidden / m.heads;
  if (head_size % 2 != 0)
    return ModeProblem{"model.head_size", fmt::format("rotary positions turn pairs of numbers, and {} is odd; use {}",
                                                      head_size, head_size + 1)};
  if (m.checkpointing == Checkpointing::attention)
    return ModeProblem{"train.checkpointing", "attention is for gpt2 only; use block"};
  return std::nullopt;
}

std::optional<ModeProblem> of_bert(const TrainingConfig& c) {
  if (c.loss.chunk_rows > 0)
    return ModeProblem{"loss.chunk_rows", "BERT's loss leaves out most tokens, which a loss in chunks cannot; use 0"};
  if (c.model.checkpointing == Checkpointing::attention)
    return ModeProblem{"train.checkpointing", "attention is for gpt2 only; use block"};
  return std::nullopt;
}

std::optional<ModeProblem> of_t5(const TrainingConfig& c) {
  if (c.model.checkpointing == Checkpointing::attention)
    return ModeProblem{"train.checkpointing", "attention is for gpt2 only; use block"};
  const bool takes_bias = c.model.attention == AttentionKind::materialised ||
                          c.model.attention == AttentionKind::sdpa || c.model.attention == AttentionKind::math;
  if (!takes_bias)
    return ModeProblem{"model.attention", "T5 adds a bias to the scores; use sdpa, math or materialised"};
  return std::nullopt;
}

}  // namespace

bool family_has(std::string_view key, const ModelConfig& model) {
  if (key == "model.kv_heads" || key == "model.rotary_base") return model.family == "llama";
  if (key == "model.head_size") return model.family == "llama" || model.family == "t5";
  if (key == "model.decoder_blocks" || key == "model.gated_feed_forward") return model.family == "t5";
  return true;
}

std::optional<ModeProblem> impossible_family(const TrainingConfig& c) {
  const ModelConfig& m = c.model;
  if (m.head_size == 0 && m.hidden % m.heads != 0)
    return ModeProblem{"model.heads",
                       fmt::format("{} heads do not divide model.hidden, which is {}", m.heads, m.hidden)};
  if (m.family == "llama") return of_llama(c);
  if (m.family == "bert") return of_bert(c);
  if (m.family == "t5") return of_t5(c);
  return std::nullopt;
}

}  // namespace profile_train::workloads
