#include "reports/setup_text.h"

#include <fmt/format.h>

namespace profile_train::reports {

std::string model_name(const TrainingSetup& setup) {
  return setup.model_family == "gpt2" ? "GPT-2" : setup.model_family;
}

std::string optimizer_name(const TrainingSetup& setup) {
  switch (setup.optimizer) {
    case OptimizerKind::adamw: return "AdamW";
    case OptimizerKind::sgd: return setup.momentum != 0.0 ? fmt::format("SGD with momentum {}", setup.momentum) : "SGD";
  }
  return "?";
}

std::string attention_name(const TrainingSetup& setup) {
  switch (setup.attention) {
    case AttentionKind::materialised: return "materialised attention";
    case AttentionKind::sdpa: return "SDPA";
  }
  return "?";
}

std::string device_name(const DeviceTotals& totals) {
  switch (totals.device) {
    case DeviceType::cpu: return "cpu";
    case DeviceType::cuda: return fmt::format("cuda:{}", totals.device_index);
  }
  return "?";
}

}  // namespace profile_train::reports
