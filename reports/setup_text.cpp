#include "reports/setup_text.h"

#include <fmt/format.h>

#include <utility>

#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"
#include "reports/format.h"

namespace profile_train::reports {
namespace {

/// What is trained of a model that is not trained as a whole, and what its matrices are stored in.
std::vector<std::string> fine_tuning(const TrainingSetup& setup) {
  std::vector<std::string> facts;
  if (setup.frozen_blocks > 0)
    facts.push_back(
        fmt::format("embeddings and {} block{} frozen", setup.frozen_blocks, setup.frozen_blocks == 1 ? "" : "s"));
  if (setup.lora_rank > 0) facts.push_back(fmt::format("adapters of rank {}", setup.lora_rank));
  if (setup.weight_storage != WeightStorage::full)
    facts.push_back(fmt::format("matrices of the blocks in {}, {} numbers a scale", names_of(setup.weight_storage).key,
                                setup.quantisation_group));
  return facts;
}

/// A smaller model, and one to learn from.
std::vector<std::string> compression(const TrainingSetup& setup) {
  std::vector<std::string> facts;
  if (setup.pruning != Pruning::none)
    facts.push_back(fmt::format("{} of {:.3g} %", names_of(setup.pruning).title, 100.0 * setup.pruned_share));
  if (setup.teacher_blocks > 0)
    facts.push_back(
        fmt::format("teacher of L {}, H {}, a {}", setup.teacher_blocks, setup.teacher_hidden, setup.teacher_heads));
  return facts;
}

}  // namespace

std::string model_name(const TrainingSetup& setup) {
  for (const auto& [family, title] : {std::pair{"gpt2", "GPT-2"}, {"llama", "Llama"}, {"bert", "BERT"}, {"t5", "T5"}})
    if (setup.model_family == family) return title;
  return setup.model_family;
}

std::string optimizer_name(const TrainingSetup& setup) {
  std::string name = names_of(setup.optimizer).title;
  if (setup.optimizer_implementation != OptimizerImplementation::loop)
    name += fmt::format(" ({})", key_of(setup.optimizer_implementation));
  if (setup.centered) name += ", centred";
  if (setup.momentum != 0.0) name += fmt::format(" with momentum {}", setup.momentum);
  return name;
}

std::string attention_name(const TrainingSetup& setup) { return names_of(setup.attention).title; }

std::vector<std::string> setup_details(const TrainingSetup& setup) {
  std::vector<std::string> facts = {fmt::format("L {}", setup.blocks), fmt::format("H {}", setup.hidden),
                                    fmt::format("a {}", setup.heads)};
  if (setup.kv_heads > 0 && setup.kv_heads != setup.heads)
    facts.push_back(fmt::format("{} of keys and values", setup.kv_heads));
  if (setup.head_size > 0) facts.push_back(fmt::format("d {}", setup.head_size));
  facts.push_back(fmt::format("V {}", format_count(setup.vocabulary)));
  facts.push_back(attention_name(setup));
  if (setup.dropout > 0.0) facts.push_back(fmt::format("dropout {}", setup.dropout));
  if (setup.checkpointing == Checkpointing::every)
    facts.push_back(fmt::format("one of {} blocks checkpointed", setup.checkpoint_every));
  else if (setup.checkpointing != Checkpointing::none)
    facts.emplace_back(names_of(setup.checkpointing).title);
  for (std::string& fact : fine_tuning(setup)) facts.push_back(std::move(fact));
  for (std::string& fact : compression(setup)) facts.push_back(std::move(fact));
  if (setup.accumulation > 1) facts.push_back(fmt::format("{} micro-batches a step", setup.accumulation));
  return facts;
}

std::string device_name(const DeviceTotals& totals) {
  switch (totals.device) {
    case DeviceType::cpu: return "cpu";
    case DeviceType::cuda: return fmt::format("cuda:{}", totals.device_index);
  }
  return "?";
}

}  // namespace profile_train::reports
