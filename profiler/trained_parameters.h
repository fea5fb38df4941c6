#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace profile_train {

/// What is trained of a model that is not trained as a whole. Both 0: everything.
struct Finetuning {
  std::int64_t frozen_blocks = 0;  ///< the embeddings and so many blocks, from the first, stay as they are
  std::int64_t lora_rank = 0;      ///< above 0: only the adapters change
};

/// Whether the parameter of that name, as GPT-2 has it, is trained. A head that is tied has the name of the token
/// table, and is frozen with it.
inline bool is_trained(std::string_view name, const Finetuning& finetuning) {
  constexpr std::string_view kBlocks = "transformer.h.";
  if (finetuning.lora_rank > 0) return name.ends_with(".lora_A") || name.ends_with(".lora_B");
  if (finetuning.frozen_blocks == 0) return true;
  if (name.starts_with("transformer.wte.") || name.starts_with("transformer.wpe.")) return false;
  if (!name.starts_with(kBlocks)) return true;
  std::int64_t block = 0;
  std::from_chars(name.data() + kBlocks.size(), name.data() + name.size(), block);
  return block >= finetuning.frozen_blocks;
}

}  // namespace profile_train
