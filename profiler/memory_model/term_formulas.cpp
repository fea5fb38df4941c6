// What each row holds when the forward pass ends, in closed form: what is the same in every family of models.

#include <fmt/format.h>

#include "profiler/memory_model/optimizer_terms.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/terms.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

TermFormula state_in_precision(const TrainingSetup& s, const Widths& w) {
  TermFormula state = optimizer_state(s);  // in fp32
  if (w.update == 2) state = {fmt::format("({})/2", state.text), state.bytes / 2};
  state = sum_of(state, sized(w.master, "N", parameter_count(s)));
  return s.loss_scaled ? sum_of(state, {"12", 12}) : state;
}

TermFormula temporaries_in_precision(const TrainingSetup& s, const Widths& w) {
  TermFormula temporaries = optimizer_temporaries(s);
  if (temporaries.bytes == 0) return temporaries;
  if (w.update == 2) temporaries = {fmt::format("({})/2", temporaries.text), temporaries.bytes / 2};
  // What wraps a number that an operator is given: CUDA's kernels take it as an argument, and SGD's come when the
  // temporary is gone.
  const Bytes number_bytes = s.on_cuda() || s.optimizer == OptimizerKind::sgd ? 0 : 8 + w.update;
  return sum_of(temporaries, {std::to_string(number_bytes), number_bytes});
}

}  // namespace

TermFormula formula_of(Term term, const TrainingSetup& s) {
  if (const RowFormula of_family = family_rows(s.model_family).formula; of_family != nullptr)
    if (const std::optional<TermFormula> formula = of_family(term, s)) return *formula;
  const Widths w = widths_of(s);
  const std::int64_t nl = s.batch * s.sequence * s.vocabulary;
  const bool in_chunks = s.loss_chunk_rows > 0;
  switch (term) {
    case Term::weights:
    case Term::gradients: return sized(w.weight, "N", parameter_count(s));
    case Term::optimizer_state: return state_in_precision(s, w);
    case Term::inputs: return sized(16, "BS", s.batch * s.sequence);
    case Term::logits: return s.logits_held ? sized(w.product, "Nl", nl) : TermFormula{};
    case Term::log_softmax: return in_chunks ? TermFormula{} : sized(w.log_softmax, "Nl", nl);
    case Term::loss_scalars:
      return in_chunks ? TermFormula{"4", 4} : TermFormula{std::to_string(2 * w.loss), 2 * w.loss};
    case Term::logits_gradients: return in_chunks ? TermFormula{} : sized(w.spike, "Nl", nl);
    case Term::logits_of_chunk: return in_chunks ? sized(8, "cV", chunk_rows(s) * s.vocabulary) : TermFormula{};
    case Term::tied_gradients:
      if (!s.tied_head) return {};
      return sized(in_chunks || is_autocast(s.precision) ? w.weight : 2 * w.weight, "VH", s.vocabulary * s.hidden);
    case Term::optimizer_temporaries: return temporaries_in_precision(s, w);
    case Term::library_workspaces:
      if (!s.on_cuda()) return {};
      if (s.checkpointing != Checkpointing::none)  // both threads add biases
        return {"2·cuBLAS + 2·cuBLASLt", 2 * (s.cublas_workspace_bytes + s.cublaslt_workspace_bytes)};
      return {"2·cuBLAS + cuBLASLt", 2 * s.cublas_workspace_bytes + s.cublaslt_workspace_bytes};
    default: return {};
  }
}

}  // namespace profile_train
