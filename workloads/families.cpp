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

}  // namespace

bool family_has(std::string_view key, const ModelConfig& model) {
  if (key == "model.kv_heads" || key == "model.head_size" || key == "model.rotary_base") return model.family == "llama";
  return true;
}

std::optional<ModeProblem> impossible_family(const TrainingConfig& c) {
  const ModelConfig& m = c.model;
  if (m.head_size == 0 && m.hidden % m.heads != 0)
    return ModeProblem{"model.heads",
                       fmt::format("{} heads do not divide model.hidden, which is {}", m.heads, m.hidden)};
  return m.family == "llama" ? of_llama(c) : std::nullopt;
}

}  // namespace profile_train::workloads
