#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "profiler/event.h"

namespace profile_train::symbolic {

class AutocastScope;
class Program;

/// An allocation the prediction expects, from its birth to its release. `born` and `died` count allocations and
/// releases.
struct PredictedAllocation {
  Bytes bytes = 0;
  std::int64_t born = 0;
  std::int64_t died = -1;  ///< −1: never released
  std::int32_t step = 0;
  Phase phase = Phase::other;      ///< of birth
  Role role = Role::none;          ///< may become known later: a storage that becomes a gradient was one from birth
  std::string module;              ///< path, as the workload names it
  std::string op;                  ///< outermost operator or backward node
  bool is_cast = false;            ///< made by a cast to another precision
  std::int64_t element_bytes = 0;  ///< of a number; 0: no tensor
  std::vector<std::int64_t> sizes;

  bool alive_at(std::int64_t event) const { return born <= event && (died < 0 || event < died); }
};

/// Bytes requested from the allocator after one event of the prediction.
struct PredictedEvent {
  Bytes change_bytes = 0;
  Bytes live_bytes = 0;
  std::int32_t step = 0;
  Phase phase = Phase::other;
};

/// Memory of one tensor storage: released in the prediction when the last tensor that shares it goes.
class Storage {
 public:
  Storage(Program& program, std::size_t id) : program_(program), id_(id) {}
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  std::size_t id() const { return id_; }

 private:
  Program& program_;
  std::size_t id_;
};
using StoragePtr = std::shared_ptr<const Storage>;

/// What autocast casts to. Both have 2 bytes; a few kernels of CUDA know fp16 and not bf16.
enum class Half : std::uint8_t { bf16, fp16 };

/// What decides how much kernels allocate beside their results.
struct Machine {
  std::int64_t threads = 1;               ///< at::get_num_threads() of the predicted program
  bool cuda = false;                      ///< CUDA's kernels instead of the CPU's
  std::int64_t compute_capability = 0;    ///< of the card, 90 for 9.0
  std::int64_t multiprocessors = 0;       ///< of the card; 0: not known
  std::int64_t weight_element_bytes = 4;  ///< of a number of a parameter or its gradient
  std::int64_t update_element_bytes = 4;  ///< of what the optimizer works on: the parameters, or masters of them
  Half half = Half::bf16;
  Bytes cublas_workspace_bytes = 0;
  Bytes cublaslt_workspace_bytes = 0;
};

/// The program whose memory is predicted: who allocates what, where, and in which order. No number is computed.
///
/// Used from one thread. Every Storage holds a reference to it, so it outlives them all.
class Program {
 public:
  explicit Program(const Machine& machine) : machine_(machine) {}

  StoragePtr allocate(Bytes bytes, std::vector<std::int64_t> sizes = {}, std::int64_t element_bytes = 0);
  void set_role(const StoragePtr& storage, Role role);
  void note_cast(const StoragePtr& storage);

  /// A matrix product: in each thread, the first one makes the memory that the library then works in. Backward has a
  /// thread of its own.
  void call_cublas() { make_workspace(0, machine_.cublas_workspace_bytes); }
  void call_cublaslt();

  void enter(Phase phase) { phase_ = phase; }
  void begin_step(std::int32_t step) { step_ = step; }

  std::int64_t threads() const { return machine_.threads; }
  bool on_cuda() const { return machine_.cuda; }
  const Machine& machine() const { return machine_; }
  AutocastScope* autocast() const { return autocast_; }  ///< null: autocast is off
  bool makes_graph() const { return makes_graph_; }
  bool set_makes_graph(bool makes) { return std::exchange(makes_graph_, makes); }  ///< what it was
  Phase phase() const { return phase_; }
  std::uint64_t next_sequence_number() { return ++sequence_number_; }
  const std::string& module() const { return module_; }
  const std::vector<PredictedAllocation>& allocations() const { return allocations_; }
  const std::vector<PredictedEvent>& events() const { return events_; }

 private:
  friend class AutocastScope;
  friend class WithoutAutocast;
  friend class Storage;
  friend class ModulePrefix;
  friend class ModuleScope;
  friend class OpScope;
  friend class WorkerThreadScope;
  void release(std::size_t id);
  void record(Bytes change_bytes);
  void make_workspace(std::size_t library, Bytes bytes);

  Machine machine_;
  Phase phase_ = Phase::init;
  std::int32_t step_ = 0;
  Bytes live_bytes_ = 0;
  std::uint64_t sequence_number_ = 0;
  AutocastScope* autocast_ = nullptr;
  bool makes_graph_ = true;
  std::string module_;
  std::string module_prefix_;
  std::string op_;
  std::vector<PredictedAllocation> allocations_;
  std::vector<PredictedEvent> events_;
  StoragePtr workspaces_[2][2];  ///< by library and thread, kept to the end; last, so that it goes first
};

/// Attributes what is allocated while it lives to a module, innermost first.
class [[nodiscard]] ModuleScope {
 public:
  ModuleScope(Program& program, const std::string& path);
  ~ModuleScope() { program_.module_ = std::move(previous_); }
  ModuleScope(const ModuleScope&) = delete;
  ModuleScope& operator=(const ModuleScope&) = delete;

 private:
  Program& program_;
  std::string previous_;
};

/// What the paths of modules begin with that are entered while it lives: of a second model.
class [[nodiscard]] ModulePrefix {
 public:
  ModulePrefix(Program& program, std::string_view prefix)
      : program_(program), previous_(std::exchange(program.module_prefix_, std::string(prefix))) {}
  ~ModulePrefix() { program_.module_prefix_ = std::move(previous_); }
  ModulePrefix(const ModulePrefix&) = delete;
  ModulePrefix& operator=(const ModulePrefix&) = delete;

 private:
  Program& program_;
  std::string previous_;
};

/// Attributes what is allocated while it lives to no module and to one operator: what a worker thread of a kernel does.
class [[nodiscard]] WorkerThreadScope {
 public:
  WorkerThreadScope(Program& program, std::string_view op);
  ~WorkerThreadScope();
  WorkerThreadScope(const WorkerThreadScope&) = delete;
  WorkerThreadScope& operator=(const WorkerThreadScope&) = delete;

 private:
  Program& program_;
  std::string module_;
  std::string op_;
};

/// Attributes what is allocated while it lives to an operator, outermost first.
class [[nodiscard]] OpScope {
 public:
  OpScope(Program& program, std::string_view op);
  ~OpScope();
  OpScope(const OpScope&) = delete;
  OpScope& operator=(const OpScope&) = delete;

 private:
  Program& program_;
  bool outermost_;
};

}  // namespace profile_train::symbolic
