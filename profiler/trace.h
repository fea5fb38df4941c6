#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profiler/event.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// What a frame of a scope is.
enum class ScopeKind : std::uint8_t { root = 0, module = 1, op = 2, backward = 3 };

/// A frame in the tree of scopes: modules, operators and backward nodes, each inside its parent.
///
/// Scope 0 is the root. A parent's id is always smaller than its child's, so walks to the root end.
struct Scope {
  ScopeId parent = 0;
  NameId name = 0;  ///< module: the full path ("transformer.h.0.attn"); op: "aten::mm"; backward: "AddmmBackward0"
  ScopeKind kind = ScopeKind::root;
  friend bool operator==(const Scope&, const Scope&) = default;
};

/// dtype and sizes of a tensor.
struct TensorType {
  std::string dtype;  ///< "float32", "int64", "bool", …
  std::vector<std::int64_t> sizes;
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// Where a trace comes from: written once, at the start of the file.
struct TraceHeader {
  std::string tool_version;
  std::string libtorch_version;
  std::string device;       ///< "cpu", "cuda:0 NVIDIA H200", …
  std::string clock;        ///< "CLOCK_MONOTONIC"
  std::string command;      ///< the command line, for people
  std::string config_name;  ///< "gpt_small", or empty
  std::string config_text;  ///< the configuration as it was used, YAML, or empty
  std::string started_at;   ///< UTC, ISO 8601
  std::int64_t process_id = 0;
  std::optional<TrainingSetup> setup;  ///< what the memory model needs; empty for a loop that did not say
};

/// What the recorder knows only at the end. A trace that was cut has none: the fields keep their last known values.
struct TraceFooter {
  std::uint64_t events = 0;
  std::uint64_t dropped_events = 0;        ///< could not be recorded: peaks are lower bounds if this is not 0
  std::uint64_t dropped_scopes = 0;        ///< scope or name tables were full: those events have the parent's scope
  std::uint64_t hook_samples = 0;          ///< hook calls that were timed
  std::uint64_t hook_ns = 0;               ///< time spent in those calls
  Bytes profiler_bytes = 0;                ///< memory of the recorder itself
  Bytes resident_at_start_bytes = 0;       ///< resident set of the process when the session began; 0: not measured
  Bytes resident_peak_bytes = 0;           ///< highest resident set of the process; 0: not measured
  bool interrupted = false;                ///< the program was asked to stop before its last step
  std::string failure;                     ///< the program ended with this error; empty if it did not
  bool simulated = false;                  ///< the card was simulated: the next two are known
  std::uint64_t data_dependent_reads = 0;  ///< sizes taken from device values that nobody computed: figures may be low
  std::uint64_t unimplemented_calls = 0;   ///< calls of NVIDIA's libraries that returned an error, each once
  std::string limitation;                  ///< what could not be recorded, and why, in one sentence; empty if nothing
  bool driver_recorded = false;            ///< events of the driver are those of the whole session
  std::string driver_limitation;           ///< why they are not, or lack something, in one sentence; empty if neither
  std::uint64_t driver_records = 0;        ///< memory records of CUPTI that were read
  Bytes own_device_bytes = 0;              ///< most that the recorder itself had of device and page-locked memory
  std::string process_limitation;          ///< why NVML's figures are missing, in one sentence; empty if they are there
  friend bool operator==(const TraceFooter&, const TraceFooter&) = default;
};

/// A whole trace in memory: everything a report can be made of, and nothing of torch.
///
/// names[0], scopes[0] and tensor_types[0] are the "none" entries.
struct Trace {
  TraceHeader header;
  TraceFooter footer;
  bool cut = false;        ///< ended before its footer: the program was killed or the file truncated
  std::string cut_reason;  ///< one sentence, empty if not cut
  /// What nobody told and was inferred, and from what, in one sentence; empty for what this project recorded.
  std::string inferred;
  std::vector<std::string> names = {""};
  std::vector<Scope> scopes = {Scope{}};
  std::vector<TensorType> tensor_types = {TensorType{}};
  std::vector<Event> events;
};

}  // namespace profile_train
