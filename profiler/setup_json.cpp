#include "profiler/setup_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>

#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"

namespace profile_train {
namespace {

using Json = nlohmann::ordered_json;

Json value_to_json(AttentionKind kind) { return names_of(kind).key; }
Json value_to_json(Precision precision) { return names_of(precision).key; }
Json value_to_json(Checkpointing checkpointing) { return names_of(checkpointing).key; }
Json value_to_json(Task task) { return names_of(task).key; }
Json value_to_json(WeightStorage storage) { return names_of(storage).key; }
Json value_to_json(Pruning pruning) { return names_of(pruning).key; }
Json value_to_json(OptimizerKind kind) { return names_of(kind).key; }
Json value_to_json(OptimizerImplementation implementation) { return key_of(implementation); }
Json value_to_json(const std::optional<TrainingSetup>& setup) { return setup ? to_json(*setup) : Json(); }
template <typename T>
Json value_to_json(const T& value) {
  return value;
}

template <typename T>
struct Fitting;  // whether a JSON value can become a T, and what to call a T in an error

template <>
struct Fitting<std::string> {
  static constexpr const char* kName = "a text";
  static bool fits(const Json& json) { return json.is_string(); }
};
template <>
struct Fitting<bool> {
  static constexpr const char* kName = "true or false";
  static bool fits(const Json& json) { return json.is_boolean(); }
};
template <>
struct Fitting<double> {
  static constexpr const char* kName = "a number";
  static bool fits(const Json& json) { return json.is_number(); }
};
template <>
struct Fitting<std::uint64_t> {
  static constexpr const char* kName = "a whole number from 0";
  static bool fits(const Json& json) { return json.is_number_unsigned(); }
};
template <>
struct Fitting<std::int64_t> {
  static constexpr const char* kName = "a whole number";
  static bool fits(const Json& json) {
    return json.is_number_integer() &&
           (!json.is_number_unsigned() || json.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  }
};

/// Writes each field that it is shown into a JSON object.
class FieldWriter {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = value_to_json(value);
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

/// Reads each field that it is shown from a JSON object, if it is there; keeps the first error.
class FieldReader {
 public:
  FieldReader(const Json& json, const char* what) : json_(json), what_(what) {
    if (!json.is_object()) error_ = fmt::format("{} is not a JSON object", what);
  }

  template <typename T>
  void operator()(const char* key, T& value) {
    const Json* found = find(key);
    if (found == nullptr) return;
    if (Fitting<T>::fits(*found))
      value = found->get<T>();
    else
      mismatch(key, Fitting<T>::kName);
  }
  void operator()(const char* key, AttentionKind& value) {
    choose(key, value, kAttentions, &ModeName<AttentionKind>::key, &ModeName<AttentionKind>::mode);
  }
  void operator()(const char* key, Precision& value) {
    choose(key, value, kPrecisions, &ModeName<Precision>::key, &ModeName<Precision>::mode);
  }
  void operator()(const char* key, Checkpointing& value) {
    choose(key, value, kCheckpointings, &ModeName<Checkpointing>::key, &ModeName<Checkpointing>::mode);
  }
  void operator()(const char* key, Task& value) {
    choose(key, value, kTasks, &ModeName<Task>::key, &ModeName<Task>::mode);
  }
  void operator()(const char* key, WeightStorage& value) {
    choose(key, value, kWeightStorages, &ModeName<WeightStorage>::key, &ModeName<WeightStorage>::mode);
  }
  void operator()(const char* key, Pruning& value) {
    choose(key, value, kPrunings, &ModeName<Pruning>::key, &ModeName<Pruning>::mode);
  }
  void operator()(const char* key, OptimizerKind& value) {
    choose(key, value, kOptimizers, &OptimizerNames::key, &OptimizerNames::kind);
  }
  void operator()(const char* key, OptimizerImplementation& value) {
    choose(key, value, kOptimizerImplementations, &ImplementationName::key, &ImplementationName::implementation);
  }
  void operator()(const char* key, std::optional<TrainingSetup>& value) {
    const Json* found = find(key);
    if (found == nullptr || found->is_null()) return;
    Result<TrainingSetup> setup = setup_from_json(*found);
    if (setup)
      value = std::move(*setup);
    else
      error_ = setup.error().message;
  }

  template <typename T>
  Result<T> result(T value) const {
    if (!error_.empty()) return failure(error_);
    return value;
  }

 private:
  const Json* find(const char* key) const {
    if (!error_.empty()) return nullptr;
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }
  void mismatch(const char* key, const std::string& expected) {
    error_ = fmt::format("\"{}\" of {} is not {}", key, what_, expected);
  }
  /// Looks the word up in a table of names.
  template <typename T, typename Table, typename Key, typename Value>
  void choose(const char* key, T& value, const Table& table, Key key_of_row, Value value_of_row) {
    const Json* found = find(key);
    if (found == nullptr) return;
    const auto row =
        std::ranges::find_if(table, [&](const auto& candidate) { return *found == candidate.*key_of_row; });
    if (row == std::end(table)) return mismatch(key, "one that this program knows");
    value = (*row).*value_of_row;
  }

  const Json& json_;
  const char* what_;
  std::string error_;
};

// One list of fields a structure, for both directions: `Setup` is const when it is written.

template <typename Setup, typename Visitor>
void visit_setup(Setup& s, Visitor& visit) {
  visit("model_family", s.model_family);
  visit("blocks", s.blocks);
  visit("decoder_blocks", s.decoder_blocks);
  visit("hidden", s.hidden);
  visit("heads", s.heads);
  visit("kv_heads", s.kv_heads);
  visit("head_size", s.head_size);
  visit("feed_forward", s.feed_forward);
  visit("gated_feed_forward", s.gated_feed_forward);
  visit("vocabulary", s.vocabulary);
  visit("positions", s.positions);
  visit("tied_head", s.tied_head);
  visit("dropout", s.dropout);
  visit("batch", s.batch);
  visit("sequence", s.sequence);
  visit("steps", s.steps);
  visit("accumulation", s.accumulation);
  visit("clip_norm", s.clip_norm);
  visit("gradients_set_to_none", s.gradients_set_to_none);
  visit("logits_held", s.logits_held);
  visit("loss_chunk_rows", s.loss_chunk_rows);
  visit("attention", s.attention);
  visit("padding", s.padding);
  visit("checkpointing", s.checkpointing);
  visit("checkpoint_every", s.checkpoint_every);
  visit("task", s.task);
  visit("frozen_blocks", s.frozen_blocks);
  visit("lora_rank", s.lora_rank);
  visit("weight_storage", s.weight_storage);
  visit("quantisation_group", s.quantisation_group);
  visit("pruning", s.pruning);
  visit("pruned_share", s.pruned_share);
  visit("teacher_blocks", s.teacher_blocks);
  visit("teacher_hidden", s.teacher_hidden);
  visit("teacher_heads", s.teacher_heads);
  visit("optimizer", s.optimizer);
  visit("optimizer_implementation", s.optimizer_implementation);
  visit("momentum", s.momentum);
  visit("centered", s.centered);
  visit("weight_decay", s.weight_decay);
  visit("precision", s.precision);
  visit("loss_scaled", s.loss_scaled);
  visit("device", s.device);
  visit("compute_capability", s.compute_capability);
  visit("multiprocessors", s.multiprocessors);
  visit("threads", s.threads);
  visit("cublas_workspace_bytes", s.cublas_workspace_bytes);
  visit("cublaslt_workspace_bytes", s.cublaslt_workspace_bytes);
}

template <typename Header, typename Visitor>
void visit_header(Header& h, Visitor& visit) {
  visit("tool_version", h.tool_version);
  visit("libtorch_version", h.libtorch_version);
  visit("device", h.device);
  visit("clock", h.clock);
  visit("command", h.command);
  visit("config_name", h.config_name);
  visit("config_text", h.config_text);
  visit("started_at", h.started_at);
  visit("process_id", h.process_id);
  visit("setup", h.setup);
}

template <typename Footer, typename Visitor>
void visit_footer(Footer& f, Visitor& visit) {
  visit("events", f.events);
  visit("dropped_events", f.dropped_events);
  visit("dropped_scopes", f.dropped_scopes);
  visit("hook_samples", f.hook_samples);
  visit("hook_ns", f.hook_ns);
  visit("profiler_bytes", f.profiler_bytes);
  visit("resident_at_start_bytes", f.resident_at_start_bytes);
  visit("resident_peak_bytes", f.resident_peak_bytes);
  visit("interrupted", f.interrupted);
  visit("failure", f.failure);
  visit("simulated", f.simulated);
  visit("data_dependent_reads", f.data_dependent_reads);
  visit("unimplemented_calls", f.unimplemented_calls);
  visit("limitation", f.limitation);
  visit("driver_recorded", f.driver_recorded);
  visit("driver_limitation", f.driver_limitation);
  visit("driver_records", f.driver_records);
  visit("own_device_bytes", f.own_device_bytes);
  visit("process_limitation", f.process_limitation);
}

}  // namespace

nlohmann::ordered_json to_json(const TrainingSetup& setup) {
  FieldWriter writer;
  visit_setup(setup, writer);
  return writer.take();
}

nlohmann::ordered_json to_json(const TraceHeader& header) {
  FieldWriter writer;
  visit_header(header, writer);
  return writer.take();
}

nlohmann::ordered_json to_json(const TraceFooter& footer) {
  FieldWriter writer;
  visit_footer(footer, writer);
  return writer.take();
}

Result<TrainingSetup> setup_from_json(const nlohmann::ordered_json& json) {
  TrainingSetup setup;
  FieldReader reader(json, "the training setup");
  visit_setup(setup, reader);
  return reader.result(std::move(setup));
}

Result<TraceHeader> header_from_json(const nlohmann::ordered_json& json) {
  TraceHeader header;
  FieldReader reader(json, "the header");
  visit_header(header, reader);
  return reader.result(std::move(header));
}

Result<TraceFooter> footer_from_json(const nlohmann::ordered_json& json) {
  TraceFooter footer;
  FieldReader reader(json, "the footer");
  visit_footer(footer, reader);
  return reader.result(std::move(footer));
}

}  // namespace profile_train
