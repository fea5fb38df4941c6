#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "profiler/result.h"
#include "profiler/training_setup.h"
#include "workloads/config.h"

namespace profile_train {
class Session;
}

namespace profile_train::workloads {

/// What is known once the model exists.
struct ModelReport {
  std::int64_t parameters = 0;         ///< numbers, each counted once
  std::int64_t parameter_tensors = 0;  ///< tensors that hold them
  std::int64_t parameter_bytes = 0;
};

/// One finished step.
struct StepReport {
  std::int64_t step = 0;  ///< from 1
  double loss = 0.0;      ///< mean over the step's micro-batches, before the update; NaN: inference has none
  double seconds = 0.0;
  std::optional<double> gradient_norm;  ///< before clipping; none without clipping
  std::optional<double> loss_scale;     ///< none without loss scaling
  bool update_skipped = false;          ///< gradients had overflowed: the step changed no weight
};

/// Called on the training thread, outside of every phase. All of them may be empty.
struct TrainingCallbacks {
  std::function<void(const ModelReport&)> on_model;
  std::function<void(const StepReport&)> on_step;
  std::function<bool()> should_stop;  ///< asked before each micro-batch; true ends training early
};

struct TrainingOutcome {
  ModelReport model;
  std::vector<StepReport> steps;
  bool interrupted = false;  ///< should_stop() said so
};

/// Trains as the configuration says, on the calling thread; or, if that is its task, runs forward passes only.
///
/// With a session, phases, modules, model and losses are told to it, as any user's loop would; without one the same
/// loop runs unobserved. An error carries what went wrong and in which step; the session has been told, and is still
/// running.
Result<TrainingOutcome> train(const TrainingConfig& config, Session* session, const TrainingCallbacks& callbacks);

/// The part of the configuration that the memory model needs. `threads` is what LibTorch will use: its own choice is
/// known only to LibTorch, so this is here and not beside the configuration.
TrainingSetup setup_of(const TrainingConfig& config);

}  // namespace profile_train::workloads
