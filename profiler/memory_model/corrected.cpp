#include "profiler/memory_model/corrected.h"

#include <algorithm>

#include "profiler/memory_model/optimizer_terms.h"
#include "profiler/memory_model/parameter_count.h"

namespace profile_train {
namespace {

TermBytes always_there(const TrainingSetup& s, bool state_exists) {
  TermBytes bytes{};
  at(bytes, Term::weights) = 4 * parameter_count(s);
  at(bytes, Term::optimizer_state) = state_exists ? optimizer_state(s).bytes : 0;
  at(bytes, Term::inputs) = 16 * s.batch * s.sequence;
  if (s.on_cuda()) at(bytes, Term::library_workspaces) = 2 * s.cublas_workspace_bytes + s.cublaslt_workspace_bytes;
  return bytes;
}

void add_activations(const TrainingSetup& s, TermBytes& bytes) {
  const Bytes e = s.batch * s.sequence * s.hidden;
  const Bytes a = s.batch * s.heads * s.sequence * s.sequence;
  const Bytes wide = s.batch * s.sequence * s.feed_forward;
  const bool drops = s.dropout > 0.0;
  at(bytes, Term::residual_stream) = 8 * e * s.blocks + 4 * e;
  at(bytes, Term::norm_outputs) = 8 * e * s.blocks;
  at(bytes, Term::query_key_value) = 12 * e * s.blocks;
  at(bytes, Term::heads_joined) = 4 * e * s.blocks;
  at(bytes, Term::feed_forward_wide) = 4 * wide * s.blocks;
  at(bytes, Term::feed_forward_gelu) = 4 * wide * s.blocks;
  at(bytes, Term::head_input) = 4 * e;
  if (s.attention == AttentionKind::materialised || (drops && !s.on_cuda()))
    at(bytes, Term::attention_scores) = 4 * a * s.blocks;
  if (drops) {  // the CPU keeps its noise in full precision, CUDA a mask of one byte
    const Bytes noise = s.on_cuda() ? 1 : 4;
    const bool scores_drop = s.attention == AttentionKind::materialised || !s.on_cuda();
    at(bytes, Term::attention_dropout) = scores_drop ? (noise + 4) * a * s.blocks : 0;
    at(bytes, Term::residual_dropout) = 2 * noise * e * s.blocks;
    at(bytes, Term::embedding_dropout) = noise * e;
  }
}

/// A chunk of the loss, and the gradients of the head and of its input, which take in one chunk after the other.
void add_chunk(const TrainingSetup& s, bool stay, TermBytes& bytes) {
  const Bytes head = 4 * s.vocabulary * s.hidden;
  at(bytes, Term::logits_of_chunk) = 8 * chunk_rows(s) * s.vocabulary;
  at(bytes, Term::backward_in_flight) = 4 * s.batch * s.sequence * s.hidden;
  if (!stay)
    at(bytes, Term::gradients) = head;  // it becomes the parameter's: the token table's is added to it in place
  else
    at(bytes, s.tied_head ? Term::tied_gradients : Term::backward_in_flight) += head;
}

bool gradients_stay(const TrainingSetup& s, bool steady) {
  return (!s.gradients_set_to_none && steady) || s.accumulation > 1;
}

}  // namespace

FormulaInstant corrected_at(Instant instant, const TrainingSetup& s, bool steady) {
  const Bytes gradients = 4 * parameter_count(s);
  const Bytes nl = s.batch * s.sequence * s.vocabulary;
  const bool stay = gradients_stay(s, steady);
  FormulaInstant result;
  result.instant = instant;
  result.terms = always_there(s, steady || instant == Instant::optimizer_step);
  TermBytes& bytes = result.terms;
  switch (instant) {
    case Instant::logits_spike:
      at(bytes, Term::gradients) = stay ? gradients : 0;
      add_activations(s, bytes);
      if (s.loss_chunk_rows > 0) {
        add_chunk(s, stay, bytes);
        break;
      }
      at(bytes, Term::log_softmax) = 4 * nl;
      at(bytes, Term::logits_gradients) = 8 * nl;
      if (s.logits_held) at(bytes, Term::logits) = 4 * nl;
      break;
    case Instant::tied_head_sum:
      // The position table's gradient comes last; until then the gradient it is made from waits.
      at(bytes, Term::gradients) = stay ? gradients : gradients - 4 * s.positions * s.hidden;
      at(bytes, Term::backward_in_flight) = 4 * s.batch * s.sequence * s.hidden;
      if (s.tied_head)
        at(bytes, Term::tied_gradients) = ((stay ? 12 : 8) - (s.loss_chunk_rows > 0 ? 4 : 0)) * s.vocabulary * s.hidden;
      if (s.logits_held) at(bytes, Term::logits) = 4 * nl;
      break;
    case Instant::optimizer_step:
      result.phase = Phase::optimizer_step;
      at(bytes, Term::gradients) = gradients;
      // In step 1 most of the state is not there yet while the largest tensor is worked on.
      if (steady || needs_all_state_first(s) || optimizer_state(s).bytes == 0)
        at(bytes, Term::optimizer_temporaries) = optimizer_temporaries(s).bytes;
      break;
  }
  return result;
}

FormulaInstant corrected_peak(const TrainingSetup& s, bool steady) {
  FormulaInstant highest = corrected_at(Instant::logits_spike, s, steady);
  for (const Instant instant : {Instant::tied_head_sum, Instant::optimizer_step}) {
    FormulaInstant other = corrected_at(instant, s, steady);
    if (sum(other.terms) > sum(highest.terms)) highest = other;
  }
  return highest;
}

}  // namespace profile_train
