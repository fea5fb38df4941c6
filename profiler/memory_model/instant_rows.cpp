#include "profiler/memory_model/instant_rows.h"

#include <fmt/format.h>

#include "profiler/memory_model/stated.h"

namespace profile_train {
namespace {

/// What to say about the exact column of a row.
std::string exact_note(Term term, const TermFormula& formula, Bytes exact_bytes) {
  if (term == Term::backward_in_flight) return "what the running backward nodes hold: docs/memory_model.md, section 5";
  if (term == Term::worker_row_sums) return "all threads at once; fewer if they happen to run one after the other";
  if (term == Term::library_scratch) return "not in the model: how much a library works in, only the library knows";
  if (term == Term::other)
    return "no rule of the model matches: a defect of the model, or a program that is not its own";
  if (term == Term::carried_in) return "the model begins with the session";
  if (term == Term::gradients && exact_bytes != formula.bytes)
    return exact_bytes == 0 ? "released before this instant" : "those made so far";
  if (term == Term::optimizer_state && exact_bytes != formula.bytes) return "born in the optimizer step, made so far";
  if (exact_bytes == formula.bytes || formula.text.empty()) return {};
  if (exact_bytes == 0) return "released before this instant";
  return "part of it: the rest is released, or not yet made";
}

std::string note_of(Term term, const TermFormula& formula, Bytes exact, Bytes stated) {
  std::string note = exact_note(term, formula, exact);
  const std::string_view error = stated == exact ? std::string_view{} : stated_error(term);
  if (error.empty()) return note;
  return note.empty() ? std::string(error) : fmt::format("{}; {}", note, error);
}

}  // namespace

ModelInstant rows_of(const TrainingSetup& setup, const std::optional<FormulaInstant>& corrected,
                     const PredictedInstant& exact, const std::optional<ObservedInstant>& observed, std::int32_t step) {
  const TermBytes stated = stated_terms(setup);
  ModelInstant result;
  result.where = exact.where;
  result.step = step;
  result.exact_phase = exact.phase;
  result.stated_bytes = sum(stated);
  if (corrected) result.corrected_bytes = sum(corrected->terms);
  result.exact_bytes = exact.bytes;
  if (observed) {
    result.observed_bytes = observed->bytes;
    result.observed_phase = observed->phase;
    result.residual_bytes = observed->bytes - exact.bytes;
  }
  for (std::size_t i = 0; i < kTerms; ++i) {
    const Bytes seen = observed ? observed->terms[i] : 0;
    const Bytes by_hand = corrected ? corrected->terms[i] : 0;
    if (stated[i] == 0 && by_hand == 0 && exact.terms[i] == 0 && seen == 0) continue;
    const Term term = term_at(i);
    const TermFormula formula = formula_of(term, setup);
    ModelTerm row;
    row.name = name_of(term, setup);
    row.formula = formula.text;
    row.stated_bytes = stated[i];
    if (corrected) row.corrected_bytes = by_hand;
    row.exact_bytes = exact.terms[i];
    if (observed) {
      row.observed_bytes = seen;
      row.residual_bytes = seen - exact.terms[i];
    }
    row.note = note_of(term, formula, exact.terms[i], stated[i]);
    result.terms.push_back(std::move(row));
  }
  return result;
}

}  // namespace profile_train
