#include "profiler/memory_model/corrected.h"

#include <algorithm>

#include "profiler/memory_model/optimizer_terms.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

TermBytes always_there(const TrainingSetup& s, bool state_exists) {
  TermBytes bytes{};
  const Widths w = widths_of(s);
  at(bytes, Term::weights) = weight_bytes(s);
  at(bytes, Term::pruning_masks) = formula_of(Term::pruning_masks, s).bytes;
  at(bytes, Term::teacher_weights) = formula_of(Term::teacher_weights, s).bytes;
  at(bytes, Term::optimizer_state) =
      state_exists ? formula_of(Term::optimizer_state, s).bytes : w.master * trained_parameter_count(s);
  at(bytes, Term::inputs) = 16 * s.batch * s.sequence;
  at(bytes, Term::library_workspaces) = formula_of(Term::library_workspaces, s).bytes;
  return bytes;
}

/// The tensors that the forward pass keeps, without masks of booleans, statistics and scalars.
void add_activations(const TrainingSetup& s, TermBytes& bytes) {
  for (const Term term : family_rows(s.model_family).large) at(bytes, term) = formula_of(term, s).bytes;
}

/// Of all parameters, as the optimizer meets them.
Bytes gradients_of_update(const TrainingSetup& s) {
  const Widths w = widths_of(s);
  const bool both = w.master > 0 && !s.gradients_set_to_none;
  return (w.update + (both ? w.weight : 0)) * trained_parameter_count(s);
}

/// A chunk of the loss, and the gradients of the head and of its input, which take in one chunk after the other.
void add_chunk(const TrainingSetup& s, bool stay, TermBytes& bytes) {
  const Widths w = widths_of(s);
  const Bytes head = head_is_trained(s) ? w.weight * s.vocabulary * s.hidden : 0;
  at(bytes, Term::logits_of_chunk) = formula_of(Term::logits_of_chunk, s).bytes;
  at(bytes, Term::backward_in_flight) = w.residual * s.batch * s.sequence * s.hidden;
  if (is_autocast(s.precision)) at(bytes, Term::weight_copies) += 2 * s.vocabulary * s.hidden;  // backward casts anew
  if (!stay)
    at(bytes, Term::gradients) = head;  // it becomes the parameter's: the token table's is added to it in place
  else
    at(bytes, s.tied_head ? Term::tied_gradients : Term::backward_in_flight) += head;
}

/// Numbers whose gradients are not there yet when the token table's is summed.
std::int64_t numbers_still_to_come(const TrainingSetup& s) {
  std::int64_t numbers = 0;
  for (const ParameterShape& shape : parameter_shapes(s))
    if (shape.name == family_rows(s.model_family).last_gradient) numbers += shape.numel();
  return numbers;
}

/// What the divergence from a teacher goes through on its way back: its gradient, and that of the student's softmax.
Bytes way_back_of_divergence(const TrainingSetup& s) { return is_pure_half(s.precision) ? 4 : 8; }

bool has_more_to_come(const TrainingSetup& s) { return !family_rows(s.model_family).last_gradient.empty(); }

/// Both softmaxes while they are compared. On the CPU autocast has each of them twice, in half precision and cast.
Bytes softened_while_compared(const TrainingSetup& s) {
  if (is_pure_half(s.precision)) return 4;
  return is_autocast(s.precision) && !s.on_cuda() ? 12 : 8;
}

bool gradients_stay(const TrainingSetup& s, bool steady) {
  return (!s.gradients_set_to_none && steady) || s.accumulation > 1;
}

}  // namespace

std::optional<FormulaInstant> corrected_at(Instant instant, const TrainingSetup& s, bool steady) {
  if (family_rows(s.model_family).large.empty() || s.task != Task::training) return std::nullopt;
  if (instant == Instant::divergence && s.teacher_blocks == 0) return std::nullopt;
  if (instant == Instant::tied_head_sum && is_tuned_in_part(s)) return std::nullopt;  // the table has no gradient
  const Widths w = widths_of(s);
  const Bytes gradients = w.weight * trained_parameter_count(s);
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
      at(bytes, Term::log_softmax) = w.log_softmax * nl;
      at(bytes, Term::softened_logits) = formula_of(Term::softened_logits, s).bytes;
      at(bytes, Term::logits_gradients) = (s.teacher_blocks > 0 ? way_back_of_divergence(s) : w.spike) * nl;
      if (s.logits_held) at(bytes, Term::logits) = w.product * nl;
      break;
    case Instant::divergence:
      result.phase = Phase::loss;
      at(bytes, Term::gradients) = stay ? gradients : 0;
      add_activations(s, bytes);
      at(bytes, Term::logits) = w.product * nl;
      at(bytes, Term::log_softmax) = w.log_softmax * nl;
      at(bytes, Term::softened_logits) = softened_while_compared(s) * nl;
      at(bytes, Term::divergence) = formula_of(Term::divergence, s).bytes;
      break;
    case Instant::tied_head_sum:
      // In GPT-2 the position table's gradient comes last; until then the gradient it is made from waits.
      at(bytes, Term::gradients) = stay ? gradients : gradients - w.weight * numbers_still_to_come(s);
      // Where the token table's is the last, what it is made from is gone when it is summed; it is there when it is
      // born.
      if (has_more_to_come(s) || is_autocast(s.precision) || !s.tied_head)
        at(bytes, Term::backward_in_flight) = w.residual * s.batch * s.sequence * s.hidden;
      if (s.tied_head)
        at(bytes, Term::tied_gradients) =
            formula_of(Term::tied_gradients, s).bytes + (stay ? w.weight * s.vocabulary * s.hidden : 0);
      if (s.logits_held) at(bytes, Term::logits) = w.product * nl;
      break;
    case Instant::optimizer_step:
      result.phase = Phase::optimizer_step;
      at(bytes, Term::gradients) = gradients_of_update(s);
      // In step 1 most of the state is not there yet while the largest tensor is worked on.
      if (steady || needs_all_state_first(s) || optimizer_state(s).bytes == 0)
        at(bytes, Term::optimizer_temporaries) = optimizer_temporaries(s).bytes;
      break;
  }
  return result;
}

std::optional<FormulaInstant> corrected_peak(const TrainingSetup& s, bool steady) {
  std::optional<FormulaInstant> highest = corrected_at(Instant::logits_spike, s, steady);
  for (const Instant instant : {Instant::tied_head_sum, Instant::optimizer_step, Instant::divergence}) {
    std::optional<FormulaInstant> other = corrected_at(instant, s, steady);
    if (other && sum(other->terms) > sum(highest->terms)) highest = other;
  }
  return highest;
}

}  // namespace profile_train
