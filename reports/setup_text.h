#pragma once

#include <string>
#include <vector>

#include "profiler/summary.h"
#include "profiler/training_setup.h"

namespace profile_train::reports {

/// A training setup in the words people use for it.
std::string model_name(const TrainingSetup& setup);      ///< "GPT-2"
std::string optimizer_name(const TrainingSetup& setup);  ///< "AdamW", "SGD with momentum 0.9"
std::string attention_name(const TrainingSetup& setup);  ///< "materialised attention", "SDPA"

std::vector<std::string> setup_details(const TrainingSetup& setup);  ///< "L 12", "H 768", …: short facts
std::string device_name(const DeviceTotals& totals);                 ///< "cpu", "cuda:0"

}  // namespace profile_train::reports
