#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "profiler/result.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// A published model: its shape, what people say of its size, and its parameters counted by others.
struct KnownModel {
  const char* name;    ///< "llama-2-7b"
  const char* family;  ///< as TrainingSetup::model_family has it
  std::int64_t blocks, hidden, heads, kv_heads, head_size, feed_forward, vocabulary, positions;
  bool tied_head;
  std::int64_t published_parameters;  ///< of the published checkpoint, head included
  const char* quoted = "";            ///< what the source texts say, word for word
};
std::span<const KnownModel> known_models();

/// The shape in the form that the memory model takes, with a batch of one sequence of at most 1,024 tokens and SDPA.
TrainingSetup setup_of(const KnownModel& model);

/// By its name; the error is one sentence with the nearest name.
Result<TrainingSetup> known_model(std::string_view name);

}  // namespace profile_train
