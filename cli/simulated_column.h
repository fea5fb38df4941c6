#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/training_device.h"
#include "profiler/result.h"
#include "profiler/summary.h"

namespace profile_train::cli {

/// The card that is to be simulated beside a run.
struct CardBeside {
  std::string card;     ///< key of a simulated card; empty: none
  std::string why_not;  ///< one sentence, if one was wanted
};

/// `asked_for` is the name of a card, "off", or "auto": the card that a real GPU is, and none where there is no GPU to
/// compare with. The error is for an unknown card, or one beside a run on the CPU.
Result<CardBeside> card_beside(const std::string& asked_for, const TrainingDevice& device,
                               const Environment& environment);

/// A training run by its command line.
struct TrainingCommand {
  std::string config;
  std::vector<std::string> overrides;
  std::string output;  ///< folder of its files
  bool force = false;
};

/// Runs the training on a simulated card, in a process of its own, and returns what that saw. The error is one
/// sentence.
Result<Summary> run_simulated(const TrainingCommand& command, const std::string& card);

}  // namespace profile_train::cli
