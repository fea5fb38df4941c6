#include "profiler/memory_model/checkpointing_effect.h"

#include "profiler/memory_model/coverage.h"
#include "profiler/memory_model/predicted_instants.h"

namespace profile_train {
namespace {

constexpr std::int32_t kSteady = 2;

BytesByCategory by_category(const PredictedInstant& instant) {
  BytesByCategory bytes{};
  for (std::size_t i = 0; i < kTerms; ++i) at(bytes, category_of(term_at(i))) += instant.terms[i];
  return bytes;
}

}  // namespace

Category category_of(Term term) {
  switch (term) {
    case Term::weights:
    case Term::teacher_weights:
    case Term::pruning_masks: return Category::weights;
    case Term::weight_copies: return Category::weight_copies;
    case Term::gradients: return Category::gradients;
    case Term::optimizer_state: return Category::optimizer_state;
    case Term::inputs: return Category::inputs;
    case Term::positions:
    case Term::rotary_angles:
    case Term::residual_stream:
    case Term::embedding_dropout:
    case Term::norm_outputs:
    case Term::norm_statistics:
    case Term::query_key_value:
    case Term::rotated_query_key:
    case Term::shared_key_value:
    case Term::attention_kernel:
    case Term::causal_mask:
    case Term::padding_mask:
    case Term::position_bias:
    case Term::attention_scores:
    case Term::attention_dropout:
    case Term::heads_joined:
    case Term::feed_forward_wide:
    case Term::feed_forward_gelu:
    case Term::adapter_products:
    case Term::masked_weights:
    case Term::feed_forward_silu:
    case Term::feed_forward_product:
    case Term::residual_dropout:
    case Term::head_transform:
    case Term::head_input:
    case Term::loss_scalars: return Category::activations;
    case Term::logits:
    case Term::log_softmax:
    case Term::softened_logits:
    case Term::teacher_logits:
    case Term::divergence:
    case Term::logits_gradients:
    case Term::logits_of_chunk: return Category::logits;
    case Term::library_workspaces:
    case Term::library_scratch:
    case Term::worker_row_sums: return Category::workspace;
    case Term::tied_gradients:
    case Term::backward_in_flight:
    case Term::optimizer_temporaries:
    case Term::forward_temporaries: return Category::temporary;
    case Term::carried_in:
    case Term::other: break;
  }
  return Category::unknown;
}

std::optional<CheckpointingEffect> checkpointing_effect(const TrainingSetup& setup) {
  if (setup.checkpointing == Checkpointing::none || !why_not_covered(setup).empty()) return std::nullopt;
  TrainingSetup plain = setup;
  plain.checkpointing = Checkpointing::none;
  const PredictedInstants with(setup);
  const PredictedInstants without(plain);
  CheckpointingEffect effect;
  effect.with_bytes = by_category(with.peak(kSteady));
  effect.without_bytes = by_category(without.peak(kSteady));
  effect.kept_with_bytes = by_category(with.after_forward(kSteady));
  effect.kept_without_bytes = by_category(without.after_forward(kSteady));
  return effect;
}

}  // namespace profile_train
