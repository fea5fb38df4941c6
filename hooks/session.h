#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "profiler/event.h"
#include "profiler/result.h"
#include "profiler/trace.h"

namespace at {
class Tensor;
}
namespace torch::nn {
class Module;
}
namespace torch::optim {
class Optimizer;
}

namespace profile_train {

struct SessionOptions {
  std::string trace_path = "trace.ptrace";
  std::string device = "cpu";  ///< "cuda" initialises CUDA; what an initialised one does is recorded in any case
  std::string device_name;     ///< for people, if there is a better one than `device`
  std::string config_name;
  std::string config_text;
  std::string command;
  std::optional<TrainingSetup> setup;  ///< lets the report compare with the memory model
  bool overwrite = false;              ///< replace a trace that exists already
  /// On CUDA: hear through CUPTI of all that the process gets from the driver. CUPTI serves one profiler at a time:
  /// while the session runs, LibTorch's own records no kernels; false leaves CUPTI to it.
  bool driver_allocations = true;
  /// Called when the CUDA caching allocator cannot serve a request, before its exception is thrown, on the thread that
  /// asked. The trace can be read up to that moment: reports::write_out_of_memory_report() makes a file of it. What the
  /// function throws is lost.
  std::function<void(const std::string& trace_path)> on_out_of_memory;
};

/// What a session saw, known once it has stopped.
struct SessionResult {
  std::string trace_path;
  TraceFooter counts;
  std::string limitation;  ///< one sentence if something could not be recorded, else empty
};

/// Records every allocation of this process between its construction and stop().
///
/// One session at a time in a process; another may follow. The guards below act on the running session and do nothing
/// without one, so they can stay in a program. Construct, watch and stop on the training thread; allocations are
/// recorded on every thread, on the CPU and in PyTorch's CUDA caching allocator. If recording fails midway (a full
/// disk, say), training goes on and the result says so.
///
///     profile_train::Session session({.trace_path = "trace.ptrace"});
///     session.watch(model, optimizer);
///     { profile_train::PhaseGuard phase(profile_train::Phase::forward); loss = model.forward(x); }
class Session {
 public:
  /// Throws std::runtime_error with one sentence if the trace cannot be created, a session is running already, or
  /// CUDA was asked for and LibTorch cannot set it up.
  explicit Session(SessionOptions options);
  /// The same, with the error as a value.
  static Result<std::unique_ptr<Session>> start(SessionOptions options);
  ~Session();  ///< stops, if stop() was not called
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Tells what the model's tensors are. Parameters and buffers get their role and name now; gradients and optimizer
  /// state whenever a phase ends. The session keeps no tensor alive. Model and optimizer must outlive it, or unwatch().
  void watch(const torch::nn::Module& model);
  void watch(const torch::nn::Module& model, const torch::optim::Optimizer& optimizer);
  /// An fp32 copy of a parameter, which the optimizer works on: optimizer state, and its gradient a gradient.
  void watch_master_weight(const at::Tensor& master, std::string_view name);
  void unwatch();

  /// Names a tensor the session cannot know: an input, say. Optional: what the data phase leaves alive is an input.
  void watch(const at::Tensor& tensor, Role role, std::string_view name);

  /// Records a number with a name at this instant; "loss" appears in the reports.
  void metric(std::string_view name, double value);

  /// Notes that the program was asked to stop, or failed; reports say so.
  void note_interrupted();
  void note_failure(std::string_view what);

  /// Ends recording and completes the file. Idempotent.
  SessionResult stop();

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Marks a phase of the training step for as long as it lives. Phases may nest; the innermost counts.
class [[nodiscard]] PhaseGuard {
 public:
  explicit PhaseGuard(Phase phase) noexcept;
  ~PhaseGuard();
  PhaseGuard(const PhaseGuard&) = delete;
  PhaseGuard& operator=(const PhaseGuard&) = delete;

 private:
  Phase phase_;
};

/// Marks one training step, numbered from 1. Optional: without it, a step ends with its optimizer step.
class [[nodiscard]] StepGuard {
 public:
  explicit StepGuard(std::int64_t step) noexcept;
  ~StepGuard();
  StepGuard(const StepGuard&) = delete;
  StepGuard& operator=(const StepGuard&) = delete;

 private:
  std::int64_t step_;
};

/// Attributes what happens while it lives, and the backward of it, to a module path. Optional: put one into forward().
///
/// `path` is the full path as in named_modules(). Costs a hash of the path when a session runs, one load when none
/// does.
class [[nodiscard]] ModuleGuard {
 public:
  explicit ModuleGuard(std::string_view path) noexcept;
  ~ModuleGuard();
  ModuleGuard(const ModuleGuard&) = delete;
  ModuleGuard& operator=(const ModuleGuard&) = delete;

 private:
  bool entered_;
};

}  // namespace profile_train
