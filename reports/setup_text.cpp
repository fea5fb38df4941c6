#include "reports/setup_text.h"

#include <fmt/format.h>

#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"
#include "reports/format.h"

namespace profile_train::reports {

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
                                    fmt::format("a {}", setup.heads),
                                    fmt::format("V {}", format_count(setup.vocabulary)), attention_name(setup)};
  if (setup.dropout > 0.0) facts.push_back(fmt::format("dropout {}", setup.dropout));
  if (setup.checkpointing == Checkpointing::every)
    facts.push_back(fmt::format("one of {} blocks checkpointed", setup.checkpoint_every));
  else if (setup.checkpointing != Checkpointing::none)
    facts.emplace_back(names_of(setup.checkpointing).title);
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
