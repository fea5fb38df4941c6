// What each row holds when the forward pass ends, in closed form: what is the same in every family of models.

#include <fmt/format.h>

#include "profiler/memory_model/optimizer_terms.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/teacher.h"
#include "profiler/memory_model/terms.h"
#include "profiler/memory_model/widths.h"
#include "profiler/mode_names.h"

namespace profile_train {
namespace {

/// N_q: of the matrices that are stored in codes; g: numbers that share a scale.
TermFormula weights(const TrainingSetup& s, const Widths& w) {
  const Bytes codes = code_bytes(s);
  if (codes == 0) return sized(w.weight, "N", parameter_count(s));
  const char* text = s.weight_storage == WeightStorage::int4 ? "N_q/2 + 4N_q/g" : "N_q + 4N_q/g";
  return sum_of(sized(1, "", weight_bytes(s) - codes), {text, codes});
}

TermFormula state_in_precision(const TrainingSetup& s, const Widths& w) {
  const TermFormula state =
      sum_of(optimizer_state(s), sized(w.master, letter_of_trained(s), trained_parameter_count(s)));
  return s.loss_scaled ? sum_of(state, {"12", 12}) : state;
}

TermFormula temporaries_in_precision(const TrainingSetup& s, const Widths& w) {
  TermFormula temporaries = optimizer_temporaries(s);
  if (temporaries.bytes == 0) return temporaries;
  // What wraps a number that an operator is given: CUDA's kernels take it as an argument, and SGD's come when the
  // temporary is gone.
  const Bytes number_bytes = s.on_cuda() || s.optimizer == OptimizerKind::sgd ? 0 : 8 + w.update;
  return sum_of(temporaries, {std::to_string(number_bytes), number_bytes});
}

/// Both softmaxes of a distillation, as they are kept: on the CPU autocast leaves the student's in half precision.
Bytes softened_bytes(const TrainingSetup& s) {
  if (is_pure_half(s.precision)) return 4;
  return is_autocast(s.precision) && !s.on_cuda() ? 6 : 8;
}

}  // namespace

TermFormula formula_of(Term term, const TrainingSetup& s) {
  if (const RowFormula of_family = family_rows(s.model_family).formula; of_family != nullptr)
    if (const std::optional<TermFormula> formula = of_family(term, s)) return *formula;
  const Widths w = widths_of(s);
  const std::int64_t nl = s.batch * s.sequence * s.vocabulary;
  const bool in_chunks = s.loss_chunk_rows > 0;
  switch (term) {
    case Term::weights: return weights(s, w);
    case Term::gradients: return sized(w.weight, letter_of_trained(s), trained_parameter_count(s));
    case Term::teacher_weights:
      return s.teacher_blocks > 0 ? sized(w.weight, "N of the teacher", parameter_count(teacher_of(s))) : TermFormula{};
    case Term::optimizer_state: return state_in_precision(s, w);
    case Term::inputs:
      return sum_of(sized(16, "BS", s.batch * s.sequence), s.padding > 0.0 ? sized(8, "B", s.batch) : TermFormula{});
    case Term::logits: return s.logits_held || s.task == Task::inference ? sized(w.product, "Nl", nl) : TermFormula{};
    case Term::log_softmax: return in_chunks ? TermFormula{} : sized(w.log_softmax, "Nl", nl);
    case Term::softened_logits: return s.teacher_blocks > 0 ? sized(softened_bytes(s), "Nl", nl) : TermFormula{};
    case Term::divergence:  // two products and their difference
      return s.teacher_blocks > 0 ? sized(is_pure_half(s.precision) ? 6 : 12, "Nl", nl) : TermFormula{};
    case Term::loss_scalars:
      return in_chunks ? TermFormula{"4", 4} : TermFormula{std::to_string(2 * w.loss), 2 * w.loss};
    case Term::logits_gradients: return in_chunks ? TermFormula{} : sized(w.spike, "Nl", nl);
    case Term::logits_of_chunk: return in_chunks ? sized(w.chunk, "cV", chunk_rows(s) * s.vocabulary) : TermFormula{};
    case Term::tied_gradients:
      if (!s.tied_head || !head_is_trained(s)) return {};
      return sized(in_chunks || is_autocast(s.precision) ? w.weight : 2 * w.weight, "VH", s.vocabulary * s.hidden);
    case Term::optimizer_temporaries: return temporaries_in_precision(s, w);
    case Term::library_workspaces:
      if (!s.on_cuda()) return {};
      if (s.task == Task::inference)  // one thread
        return {"cuBLAS + cuBLASLt", s.cublas_workspace_bytes + s.cublaslt_workspace_bytes};
      if (s.checkpointing != Checkpointing::none)  // both threads add biases
        return {"2·cuBLAS + 2·cuBLASLt", 2 * (s.cublas_workspace_bytes + s.cublaslt_workspace_bytes)};
      return {"2·cuBLAS + cuBLASLt", 2 * s.cublas_workspace_bytes + s.cublaslt_workspace_bytes};
    default: return {};
  }
}

}  // namespace profile_train
