#include "profiler/memory_model/finetuning_table.h"

#include <fmt/format.h>

#include "profiler/grouped.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/terms.h"

namespace profile_train {
namespace {

EstimateRow counted(std::string name, std::string formula, std::int64_t count, std::string note = {}) {
  return {.name = std::move(name), .formula = std::move(formula), .count = count, .note = std::move(note)};
}

/// A row of the comparison, beside what it is when everything is trained and stored whole.
EstimateRow beside_full_training(Term term, const TrainingSetup& s, const TrainingSetup& full) {
  const TermFormula formula = formula_of(term, s);
  return {.name = std::string(name_of(term, s)),
          .formula = formula.text,
          .bytes = formula.bytes,
          .note = fmt::format("{} bytes when all is trained", grouped(formula_of(term, full).bytes))};
}

}  // namespace

EstimateTable finetuning_table(const TrainingSetup& s) {
  EstimateTable table{"fine-tuning", {}};
  if (!is_tuned_in_part(s) && s.weight_storage == WeightStorage::full) return table;
  TrainingSetup full = s;
  full.lora_rank = full.frozen_blocks = 0;
  full.weight_storage = WeightStorage::full;
  const std::int64_t trained = trained_parameter_count(s);
  table.rows.push_back(counted("parameters", "N", parameter_count(s), s.lora_rank > 0 ? "adapters included" : ""));
  table.rows.push_back(counted(
      "trained", s.lora_rank > 0 ? "N_t = Σ r(in + out) of the blocks' matrices" : "N_t", trained,
      fmt::format("{:.2f} % of all", 100.0 * static_cast<double>(trained) / static_cast<double>(parameter_count(s)))));
  for (const Term term : {Term::weights, Term::gradients, Term::optimizer_state})
    table.rows.push_back(beside_full_training(term, s, full));
  return table;
}

}  // namespace profile_train
