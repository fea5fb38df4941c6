#include "profiler/memory_model/estimate.h"

#include <fmt/format.h>

#include "profiler/memory_model/coverage.h"
#include "profiler/memory_model/finetuning_table.h"
#include "profiler/memory_model/instant_rows.h"
#include "profiler/memory_model/optimizer_terms.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/precision_tables.h"
#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/source_texts.h"
#include "profiler/memory_model/stated.h"
#include "profiler/memory_model/widths.h"
#include "profiler/mode_names.h"

namespace profile_train {
namespace {

EstimateRow row(std::string name, std::string formula, Bytes bytes, std::string note = {}) {
  EstimateRow result;
  result.name = std::move(name);
  result.formula = std::move(formula);
  result.bytes = bytes;
  result.note = std::move(note);
  return result;
}

EstimateTable stated_table(const TrainingSetup& s) {
  if (s.task == Task::inference) {
    EstimateTable table{"the stated rule", {}};
    table.rows.push_back(row("weights", "N × bytes a number", at(stated_terms(s), Term::weights)));
    table.rows.push_back(row("working memory", "2 × model memory", sum(stated_terms(s))));
    return table;
  }
  const TermBytes terms = stated_terms(s);
  const Bytes steady = 16 * parameter_count(s) + 8 * s.batch * s.sequence;
  const Bytes spike = at(terms, Term::logits_gradients);
  const Bytes total = sum(terms);
  EstimateTable table{"the stated formula", {}};
  table.rows.push_back(row("M_steady", "16N + 8BD", steady));
  table.rows.push_back(row("M_act", "L(14E + 4BSS) + 6BSV", total - steady - spike));
  table.rows.push_back(row("M_peak", "M_steady + M_act + 4BSV", total));
  return table;
}

/// The corrected formula's instants in symbols, with the bytes a number that the precision has.
std::optional<EstimateTable> corrected_table(const TrainingSetup& s) {
  if (!corrected_peak(s, true)) return std::nullopt;
  const auto at_instant = [&](Instant instant) { return corrected_at(instant, s, true)->terms; };
  const Widths w = widths_of(s);
  const bool in_chunks = s.loss_chunk_rows > 0;
  const bool in_part = is_tuned_in_part(s);
  const bool both_gradients = w.master > 0 && !s.gradients_set_to_none;
  const std::string weights = in_part ? "weights" : fmt::format("{}N", w.weight);
  const std::string gradients = fmt::format("{}{}", w.weight, in_part ? "N_t" : "N");
  const TermBytes spike = at_instant(Instant::logits_spike);
  EstimateTable table{"the corrected formula, steady state", {}};
  if (in_chunks) {
    const Bytes head = (head_is_trained(s) ? w.weight : 0) + (is_autocast(s.precision) ? 2 : 0);
    table.rows.push_back(row("logits spike, a chunk",
                             fmt::format("{} + state + 16BS + M_act − {}Nl + {}cV + {}{}E", weights, w.log_softmax,
                                         w.chunk, head > 0 ? fmt::format("{}VH + ", head) : "", w.residual),
                             sum(spike),
                             fmt::format("{} more if gradients stay; c rows are worked on at once", gradients)));
  } else {
    const Bytes each = at(spike, Term::logits_gradients) / (s.batch * s.sequence * s.vocabulary);
    table.rows.push_back(
        row("logits spike", fmt::format("{} + state + 16BS + M_act + {}Nl", weights, each), sum(spike),
            fmt::format("{} more if gradients stay, {}Nl more if the caller holds the logits", gradients, w.product)));
  }
  if (s.tied_head && !in_part) {
    const TermBytes tied = at_instant(Instant::tied_head_sum);
    std::string formula =
        fmt::format("{}N + state + 16BS + {}", 2 * w.weight, formula_of(Term::tied_gradients, s).text);
    if (at(tied, Term::backward_in_flight) > 0) formula += fmt::format(" + {}E", w.residual);
    if (!family_rows(s.model_family).last_gradient.empty()) formula += fmt::format(" − {}TH", w.weight);
    table.rows.push_back(row("sum of the tied head's gradients", std::move(formula), sum(tied)));
  }
  if (s.teacher_blocks > 0)
    table.rows.push_back(row("divergence from the teacher, in the loss", {}, sum(at_instant(Instant::divergence)),
                             "logits, both softmaxes, and three tensors like them"));
  const Bytes at_update = w.update + (both_gradients ? w.weight : 0);
  std::string at_step = in_part ? fmt::format("weights + {}N_t + state + 16BS", at_update)
                                : fmt::format("{}N + state + 16BS", w.weight + at_update);
  if (optimizer_temporaries(s).bytes > 0) at_step += fmt::format(" + {}", optimizer_temporaries(s).text);
  table.rows.push_back(row("optimizer step", std::move(at_step), sum(at_instant(Instant::optimizer_step)),
                           fmt::format("state: {}", formula_of(Term::optimizer_state, s).text)));
  return table;
}

EstimateTable activations_table(const TrainingSetup& s, const PredictedInstants& predicted) {
  const PredictedInstant kept = predicted.after_forward(2);
  EstimateTable table{"kept for backward when the forward pass ends", {}};
  Bytes total = 0;
  for (std::size_t i = static_cast<std::size_t>(Term::positions); i < kTerms; ++i) {
    if (kept.terms[i] == 0) continue;
    table.rows.push_back(row(std::string(name_of(term_at(i), s)), formula_of(term_at(i), s).text, kept.terms[i]));
    total += kept.terms[i];
  }
  table.rows.push_back(row("all", {}, total));
  return table;
}

EstimateTable phases_table(const PredictedInstants& predicted, bool trains) {
  EstimateTable table{"highest requested bytes, exact", {}};
  for (const std::int32_t step : {1, 2}) {
    const std::string which = step == 1 ? "step 1" : "later steps";
    const auto add = [&](const std::string& name, const std::optional<PredictedInstant>& instant) {
      if (instant) table.rows.push_back(row(fmt::format("{}, {}", which, name), {}, instant->bytes, instant->where));
    };
    add("forward", predicted.peak(step, Phase::forward));
    add("loss", predicted.peak(step, Phase::loss));
    if (trains) add("backward: logits spike", predicted.spike(step));
    add("backward: attention", predicted.peak_in_node(step, "SoftmaxBackward0"));
    add("backward: attention", predicted.peak_in_node(step, "ScaledDotProductFlashAttentionForCpuBackward0"));
    for (const char* kernel : {"Efficient", "Flash", "Cudnn"})
      add("backward: attention",
          predicted.peak_in_node(step, fmt::format("ScaledDotProduct{}AttentionBackward0", kernel)));
    add("backward: attention", predicted.peak_in_node(step, "SafeSoftmaxBackward0"));
    add("backward: embedding", predicted.peak_in_node(step, "EmbeddingBackward0"));
    add("backward: highest", predicted.peak(step, Phase::backward));
    add("optimizer step", predicted.peak(step, Phase::optimizer_step));
    add("whole step", predicted.peak(step));
  }
  return table;
}

/// Where no card could be asked what LibTorch gives its matrix libraries: what it gives them from Hopper on.
TrainingSetup with_workspaces(TrainingSetup s) {
  constexpr Bytes kCublasBytes = Bytes{32} << 20;
  constexpr Bytes kCublasLtBytes = Bytes{1} << 20;
  constexpr std::int64_t kHopper = 90, kMultiprocessorsOfHopper = 132;
  if (s.on_cuda() && s.compute_capability == 0) s.compute_capability = kHopper;
  if (s.on_cuda() && s.multiprocessors == 0) s.multiprocessors = kMultiprocessorsOfHopper;
  if (s.on_cuda() && s.cublas_workspace_bytes == 0) {
    s.cublas_workspace_bytes = kCublasBytes;
    s.cublaslt_workspace_bytes = kCublasLtBytes;
  }
  return s;
}

/// Of GPT-2 the formula of the texts and the exact one; of other families what adds up.
EstimateTable parameters_of(const TrainingSetup& s) {
  if (s.model_family == "gpt2") return parameter_table(s);
  EstimateTable table = parameter_inventory(s);
  table.rows.push_back(stated_count_row(s));
  return table;
}

}  // namespace

Estimate estimate(const TrainingSetup& asked_for) {
  const TrainingSetup setup = with_workspaces(asked_for);
  Estimate result;
  result.setup = setup;
  result.parameters = parameter_count(setup);
  result.tables = {parameters_of(setup), stated_table(setup)};
  const bool trains = setup.task == Task::training;
  if (EstimateTable tuning = finetuning_table(setup); trains && !tuning.rows.empty())
    result.tables.push_back(std::move(tuning));
  result.why_not = why_not_covered(setup);
  if (result.why_not.empty()) {
    const PredictedInstants predicted(setup);
    if (auto corrected = corrected_table(setup)) result.tables.push_back(std::move(*corrected));
    if (trains) result.tables.push_back(activations_table(setup, predicted));
    result.tables.push_back(phases_table(predicted, trains));
    if (trains)
      result.spike = rows_of(setup, corrected_at(Instant::logits_spike, setup, true), predicted.spike(2), {}, 2);
    result.peak = rows_of(setup, corrected_peak(setup, true), predicted.peak(2), {}, 2);
    result.first_step_peak = rows_of(setup, corrected_peak(setup, false), predicted.peak(1), {}, 1);
  }
  result.tables.push_back(data_types_table(setup));
  if (trains) result.tables.push_back(optimizers_table(setup));
  result.tables.push_back(scaling_table(setup));
  result.tables.push_back(worked_examples_table());
  result.tables.push_back(known_models_table());
  return result;
}

Estimate estimate_model(const TrainingSetup& asked_for, std::string model) {
  const TrainingSetup setup = with_workspaces(asked_for);
  Estimate result;
  result.setup = setup;
  result.model = std::move(model);
  result.parameters = parameter_count(setup);
  result.why_not = why_not_covered(setup);
  result.tables = {parameters_of(setup)};
  for (EstimateTable& table : precision_tables(setup)) result.tables.push_back(std::move(table));
  result.tables.push_back(stated_table(setup));
  result.tables.push_back(optimizers_table(setup));
  result.tables.push_back(known_models_table());
  if (result.why_not.empty()) {
    const PredictedInstants predicted(setup);
    result.spike = rows_of(setup, corrected_at(Instant::logits_spike, setup, true), predicted.spike(2), {}, 2);
    result.peak = rows_of(setup, corrected_peak(setup, true), predicted.peak(2), {}, 2);
    result.first_step_peak = rows_of(setup, corrected_peak(setup, false), predicted.peak(1), {}, 1);
  }
  return result;
}

}  // namespace profile_train
