#include "profiler/memory_model/precision_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "profiler/grouped.h"
#include "profiler/memory_model/coverage.h"
#include "profiler/memory_model/inference_in_codes.h"
#include "profiler/memory_model/optimizer_terms.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/predicted_instants.h"
#include "profiler/memory_model/widths.h"
#include "profiler/mode_names.h"

namespace profile_train {
namespace {

EstimateRow sized(std::string name, std::string formula, Bytes bytes, std::string quoted = {}, std::string note = {}) {
  EstimateRow row;
  row.name = std::move(name);
  row.formula = std::move(formula);
  row.bytes = bytes;
  row.quoted = std::move(quoted);
  row.note = std::move(note);
  return row;
}

EstimateRow not_covered(std::string name, const std::string& why) {
  EstimateRow row;
  row.name = std::move(name);
  row.note = fmt::format("not covered by the exact model: {}", why);
  return row;
}

Bytes highest(const symbolic::PredictedRun& run) {
  const auto by_bytes = [](const auto& a, const auto& b) { return a.live_bytes < b.live_bytes; };
  const auto peak = std::max_element(run.events.begin(), run.events.end(), by_bytes);
  return peak == run.events.end() ? 0 : peak->live_bytes;
}

/// What the forward pass keeps for backward: everything that is there after it and was not there before.
Bytes kept_for_backward(const PredictedInstants& predicted) {
  const PredictedInstant after = predicted.after_forward(2);
  Bytes kept = after.bytes;
  for (const Term term : {Term::weights, Term::weight_copies, Term::gradients, Term::optimizer_state, Term::inputs,
                          Term::library_workspaces})
    kept -= at(after.terms, term);
  return kept;
}

/// What the texts' formula says of them, whatever the precision.
Bytes stated_activations(const TrainingSetup& s) {
  const std::int64_t tokens = s.batch * s.sequence;
  return s.blocks * (14 * tokens * s.hidden + 4 * tokens * s.sequence) + 6 * tokens * s.vocabulary;
}

/// The texts' rules know no precision: they are about the weights as they are.
constexpr const char* kInferenceRule = "working memory ≈ 2 × model memory";
constexpr const char* kTrainingRule = "≈ 4 × the inference memory (3 to 4 times)";

std::string times_the_weights(Bytes bytes, Bytes weights) {
  return fmt::format("{:.2f} × the weights", static_cast<double>(bytes) / static_cast<double>(weights));
}

void add_inference(const TrainingSetup& s, const std::string& why_not, EstimateTable& table) {
  const Bytes weights = widths_of(s).weight * parameter_count(s);
  const bool full = s.precision == Precision::fp32;
  table.rows.push_back(
      sized("inference: weights", full ? "4N" : "2N", weights, full ? "1B parameters = 4 GB" : "2 bytes a number"));
  if (!why_not.empty()) {
    table.rows.push_back(not_covered("inference: peak", why_not));
    return;
  }
  const Bytes peak = highest(symbolic::predict_inference(s));
  table.rows.push_back(sized("inference: peak", {}, peak, kInferenceRule,
                             fmt::format("which is {}; {} at B {}, S {}, all logits made", grouped(2 * weights),
                                         times_the_weights(peak, weights), s.batch, s.sequence)));
}

void add_training(const TrainingSetup& s, const std::string& why_not, EstimateTable& table) {
  const Widths w = widths_of(s);
  const std::int64_t n = parameter_count(s);
  table.rows.push_back(sized("training: weights", fmt::format("{}N", w.weight), w.weight * n));
  if (w.master > 0)
    table.rows.push_back(sized("training: fp32 master weights", fmt::format("{}N", w.master), w.master * n));
  table.rows.push_back(sized("training: gradients", fmt::format("{}N", w.weight), w.weight * n, "N"));
  TermFormula state = optimizer_state(s);
  if (s.loss_scaled) state = {state.bytes == 0 ? "12" : fmt::format("{} + 12", state.text), state.bytes + 12};
  const bool adam = s.optimizer == OptimizerKind::adamw || s.optimizer == OptimizerKind::adam;
  table.rows.push_back(sized("training: optimizer state", state.text, state.bytes, adam ? "2N" : ""));
  if (!why_not.empty()) {
    table.rows.push_back(not_covered("training: activations", why_not));
    table.rows.push_back(not_covered("training: peak", why_not));
    return;
  }
  const PredictedInstants predicted(s);
  if (const Bytes copies = at(predicted.after_forward(2).terms, Term::weight_copies); copies > 0)
    table.rows.push_back(sized("training: weights cast by autocast", "2·N_lin", copies));
  table.rows.push_back(sized(
      "training: activations", {}, kept_for_backward(predicted), "L(14E + 4BSS) + 6BSV",
      fmt::format("which is {}; the value is what is kept when the loss exists", grouped(stated_activations(s)))));
  const PredictedInstant peak = predicted.peak(2);
  table.rows.push_back(sized("training: peak", {}, peak.bytes, kTrainingRule,
                             fmt::format("taken of the weights alone that is {}; {}, in {}", grouped(4 * w.weight * n),
                                         times_the_weights(peak.bytes, w.weight * n), peak.where)));
}

/// The matrices of the blocks in codes and the rest in bf16: as `task: inference` has them where a program here
/// quantises the family, else derived.
void add_quantised_inference(const TrainingSetup& s, WeightStorage storage, EstimateTable& table) {
  const char* key = names_of(storage).key;
  const std::string peak_of = fmt::format("inference: peak with matrices in {}", key);
  TrainingSetup quantised = s;
  quantised.task = Task::inference;
  quantised.precision = Precision::bf16;
  if (const std::string why_not = why_not_covered(quantised); !why_not.empty()) {
    table.rows.push_back(not_covered(peak_of, why_not));
    return;
  }
  quantised.weight_storage = storage;
  InferenceInCodes in_codes;
  std::string how;
  if (why_not_covered(quantised).empty()) {
    in_codes = {weight_bytes(quantised), highest(symbolic::predict_inference(quantised))};
  } else {
    in_codes = inference_in_codes(s, storage);
    how = fmt::format("; derived from the run in bf16, since nothing here quantises {}", s.model_family);
  }
  table.rows.push_back(sized(fmt::format("inference: matrices of the blocks in {}, the rest in bf16", key), {},
                             in_codes.weight_bytes, {},
                             fmt::format("a scale of 4 bytes for {} numbers", quantised.quantisation_group)));
  table.rows.push_back(
      sized(peak_of, {}, in_codes.peak_bytes, {},
            fmt::format("{:.2f} × these weights at B {}, S {}, all logits made{}",
                        static_cast<double>(in_codes.peak_bytes) / static_cast<double>(in_codes.weight_bytes), s.batch,
                        s.sequence, how)));
}

EstimateTable integer_table(const TrainingSetup& s) {
  const std::int64_t n = parameter_count(s);
  EstimateTable table{"in int8 and int4", {}};
  table.rows.push_back(sized("inference: weights in int8", "N", n, {}, "without the scales that a quantiser adds"));
  table.rows.push_back(
      sized("inference: weights in int4", "N/2", (n + 1) / 2, {}, "without the scales that a quantiser adds"));
  for (const WeightStorage storage : {WeightStorage::int8, WeightStorage::int4})
    add_quantised_inference(s, storage, table);
  return table;
}

}  // namespace

std::vector<EstimateTable> precision_tables(const TrainingSetup& setup) {
  std::vector<EstimateTable> tables;
  for (const ModeName<Precision>& precision : kPrecisions) {
    TrainingSetup s = setup;
    s.precision = precision.mode;
    s.loss_scaled = precision.mode == Precision::autocast_fp16;
    const std::string why_not = why_not_covered(s);
    EstimateTable table{fmt::format("in {}, B {}, S {}", precision.title, s.batch, s.sequence), {}};
    // Weights for inference alone need neither autocast nor masters.
    if (s.precision == Precision::fp32 || s.precision == Precision::bf16) add_inference(s, why_not, table);
    add_training(s, why_not, table);
    tables.push_back(std::move(table));
  }
  tables.push_back(integer_table(setup));
  return tables;
}

EstimateTable parameter_inventory(const TrainingSetup& setup) {
  struct Kind {
    std::string sizes;
    std::int64_t each = 0, tensors = 0;
  };
  std::vector<std::string> order;
  std::map<std::string, Kind> kinds;
  for (const ParameterShape& shape : parameter_shapes(setup)) {
    std::string name;  // "model.layers.{i}.mlp.up_proj.weight"
    for (std::size_t i = 0; i < shape.name.size(); ++i) {
      const bool digit = shape.name[i] >= '0' && shape.name[i] <= '9';
      const bool number_begins = digit && i > 0 && shape.name[i - 1] == '.';
      if (number_begins && name.find("{i}") == std::string::npos) {
        name += "{i}";
        while (i + 1 < shape.name.size() && shape.name[i + 1] != '.') ++i;
      } else {
        name += shape.name[i];
      }
    }
    Kind& kind = kinds[name];
    if (kind.tensors++ == 0) order.push_back(name);
    kind.sizes = fmt::format("{}", fmt::join(shape.sizes, " × "));
    kind.each = shape.numel();
  }
  EstimateTable table{"parameters, kind by kind", {}};
  std::int64_t all = 0;
  for (const std::string& name : order) {
    const Kind& kind = kinds[name];
    EstimateRow row;
    row.name = name;
    row.formula = kind.tensors > 1 ? fmt::format("{} · {}", kind.tensors, kind.sizes) : kind.sizes;
    row.count = kind.tensors * kind.each;
    all += *row.count;
    table.rows.push_back(std::move(row));
  }
  EstimateRow total;
  total.name = "all";
  total.count = all;
  table.rows.push_back(std::move(total));
  return table;
}

}  // namespace profile_train
