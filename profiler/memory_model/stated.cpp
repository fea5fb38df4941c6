#include "profiler/memory_model/stated.h"

#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

/// "Weights × dtype; working memory ≈ 2 × model memory."
TermBytes stated_for_inference(const TrainingSetup& s) {
  TermBytes bytes{};
  const std::int64_t n = parameter_count(s);
  Bytes weights = widths_of(s).weight * n;
  if (s.weight_storage == WeightStorage::int8) weights = n;
  if (s.weight_storage == WeightStorage::int4) weights = (n + 1) / 2;
  at(bytes, Term::weights) = weights;
  at(bytes, Term::forward_temporaries) = weights;
  return bytes;
}

}  // namespace

TermBytes stated_terms(const TrainingSetup& s) {
  if (s.task == Task::inference) return stated_for_inference(s);
  const Bytes parameters = parameter_count(s);
  const Bytes e = s.batch * s.sequence * s.hidden;
  const Bytes nl = s.batch * s.sequence * s.vocabulary;
  TermBytes bytes{};
  at(bytes, Term::weights) = 4 * parameters;
  at(bytes, Term::gradients) = 4 * parameters;
  at(bytes, Term::optimizer_state) = 8 * parameters;
  at(bytes, Term::inputs) = 8 * s.batch * s.sequence;
  for (const Term tensor : family_rows(s.model_family).stated) at(bytes, tensor) += 2 * e * s.blocks;
  at(bytes, Term::attention_scores) = 4 * s.batch * s.sequence * s.sequence * s.blocks;
  at(bytes, Term::log_softmax) = 6 * nl;
  at(bytes, Term::logits_gradients) = 4 * nl;
  return bytes;
}

std::string_view stated_error(Term term) {
  switch (term) {
    case Term::gradients: return "stated as always there; released gradients are gone when backward starts";
    case Term::optimizer_state: return "stated for Adam and for a steady state, whatever the optimizer and the step";
    case Term::inputs: return "stated without the targets";
    case Term::residual_stream:
    case Term::norm_outputs:
    case Term::heads_joined: return "stated with 2 bytes a number; 4 in fp32";
    case Term::query_key_value:
    case Term::rotated_query_key:
    case Term::shared_key_value:
    case Term::feed_forward_silu: return "missing in the stated formula";
    case Term::attention_scores: return "stated without the number of heads";
    case Term::feed_forward_wide:
    case Term::feed_forward_gelu:
    case Term::feed_forward_product:
      return "stated as wide as the residual stream and with 2 bytes a number; F wide, 4 bytes";
    case Term::teacher_weights:
    case Term::softened_logits:
    case Term::teacher_logits:
    case Term::divergence: return "missing in the stated formula: it has no teacher";
    case Term::pruning_masks:
    case Term::masked_weights: return "missing in the stated formula: it has no pruning";
    case Term::adapter_products: return "missing in the stated formula: it has no adapters";
    case Term::head_input: return "missing in the stated formula";
    case Term::log_softmax: return "stated as 6BSV, half and single precision copies; fp32 keeps one of 4BSV";
    case Term::logits_gradients: return "stated as one tensor; the gradients of log-softmax and logits exist together";
    case Term::logits_of_chunk: return "stated for all rows at once";
    case Term::embedding_dropout:
    case Term::residual_dropout:
    case Term::attention_dropout: return "missing in the stated formula: it has no dropout";
    case Term::norm_statistics:
    case Term::positions:
    case Term::rotary_angles:
    case Term::causal_mask:
    case Term::loss_scalars: return "missing in the stated formula, and small";
    case Term::attention_kernel: return "missing in the stated formula, which has a matrix of scores instead";
    case Term::tied_gradients: return "missing in the stated formula, which knows one instant only";
    case Term::forward_temporaries: return "stated as large as the weights, whatever is asked of them";
    case Term::optimizer_temporaries: return "missing in the stated formula, which knows one instant only";
    default: return {};
  }
}

}  // namespace profile_train
