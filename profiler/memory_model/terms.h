#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "profiler/event.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// The rows of the comparison. Every live byte, predicted or observed, is in exactly one.
enum class Term : std::uint8_t {
  weights,
  teacher_weights,
  pruning_masks,
  weight_copies,
  gradients,
  optimizer_state,
  inputs,
  positions,
  position_bias,
  rotary_angles,
  residual_stream,
  embedding_dropout,
  norm_outputs,
  norm_statistics,
  query_key_value,
  rotated_query_key,
  shared_key_value,
  attention_kernel,
  causal_mask,
  padding_mask,
  attention_scores,
  attention_dropout,
  heads_joined,
  feed_forward_wide,
  feed_forward_gelu,
  adapter_products,
  masked_weights,
  feed_forward_silu,
  feed_forward_product,
  residual_dropout,
  head_transform,
  head_input,
  logits,
  log_softmax,
  softened_logits,
  loss_scalars,
  logits_gradients,
  logits_of_chunk,
  teacher_logits,
  divergence,
  tied_gradients,
  backward_in_flight,
  worker_row_sums,
  optimizer_temporaries,
  forward_temporaries,
  library_workspaces,
  library_scratch,
  carried_in,
  other,
};
inline constexpr std::size_t kTerms = static_cast<std::size_t>(Term::other) + 1;

using TermBytes = std::array<Bytes, kTerms>;
inline Bytes& at(TermBytes& bytes, Term term) { return bytes[static_cast<std::size_t>(term)]; }
inline Bytes at(const TermBytes& bytes, Term term) { return bytes[static_cast<std::size_t>(term)]; }
inline Term term_at(std::size_t index) { return static_cast<Term>(index); }
Bytes sum(const TermBytes& bytes);

/// What is known of an allocation at its birth, and what became of it. The same for a prediction and an observation.
struct Birth {
  Role role = Role::none;
  Phase phase = Phase::other;
  bool carried_in = false;
  bool is_logits = false;           ///< a (rows, V) tensor of the head or the loss
  bool is_weight_copy = false;      ///< a cast of a parameter to half precision
  bool is_cast = false;             ///< made by a cast
  bool is_library_scratch = false;  ///< what oneDNN or cuDNN works in during one call
  std::string_view module;          ///< "transformer.h.0.attn"
  std::string_view op;              ///< outermost operator or backward node
  Bytes bytes = 0;
};

/// The one row an allocation belongs to.
Term term_of(const Birth& birth, const TrainingSetup& setup);

std::string_view name_of(Term term);
/// As the family of the model calls it.
std::string_view name_of(Term term, const TrainingSetup& setup);

/// c, the rows that a loss in chunks works on at once: B·S if it is asked for more.
inline std::int64_t chunk_rows(const TrainingSetup& s) { return std::min(s.loss_chunk_rows, s.batch * s.sequence); }

/// What the forward pass keeps for backward in that row, and the formula for it in the symbols of
/// docs/memory_model.md. Rows that are not activations have their formula too, and their bytes in a steady state.
struct TermFormula {
  std::string text;
  Bytes bytes = 0;
};
TermFormula formula_of(Term term, const TrainingSetup& setup);

}  // namespace profile_train
