#pragma once

#include <algorithm>
#include <iterator>

#include "profiler/training_setup.h"

namespace profile_train {

/// A way of training as files name it, and as reports do.
template <typename Mode>
struct ModeName {
  Mode mode;
  const char* key;
  const char* title;
};

inline constexpr ModeName<Precision> kPrecisions[] = {
    {Precision::fp32, "fp32", "fp32"},
    {Precision::autocast_bf16, "autocast-bf16", "autocast bf16"},
    {Precision::autocast_fp16, "autocast-fp16", "autocast fp16, loss scaled"},
    {Precision::bf16, "bf16", "bf16"},
    {Precision::bf16_master, "bf16-master", "bf16, fp32 master weights"},
};

inline constexpr ModeName<Checkpointing> kCheckpointings[] = {
    {Checkpointing::none, "none", "no checkpointing"},
    {Checkpointing::block, "block", "blocks checkpointed"},
    {Checkpointing::attention, "attention", "attention checkpointed"},
    {Checkpointing::every, "every", "some blocks checkpointed"},
};

inline constexpr ModeName<AttentionKind> kAttentions[] = {
    {AttentionKind::materialised, "materialised", "materialised attention"},
    {AttentionKind::sdpa, "sdpa", "SDPA"},
    {AttentionKind::math, "math", "SDPA math"},
    {AttentionKind::flash, "flash", "SDPA flash"},
    {AttentionKind::efficient, "efficient", "SDPA memory-efficient"},
    {AttentionKind::cudnn, "cudnn", "SDPA cuDNN"},
};

inline constexpr ModeName<Task> kTasks[] = {
    {Task::training, "training", "training"},
    {Task::inference, "inference", "inference"},
};

inline constexpr ModeName<WeightStorage> kWeightStorages[] = {
    {WeightStorage::full, "full", "full weights"},
    {WeightStorage::int8, "int8", "int8 weights"},
    {WeightStorage::int4, "int4", "int4 weights"},
};

inline constexpr ModeName<Pruning> kPrunings[] = {
    {Pruning::none, "none", "not pruned"},
    {Pruning::structured, "structured", "structured pruning"},
    {Pruning::unstructured, "unstructured", "unstructured pruning"},
};

inline const auto& names_of(Task mode) { return *std::ranges::find(kTasks, mode, &ModeName<Task>::mode); }
inline const auto& names_of(WeightStorage mode) {
  return *std::ranges::find(kWeightStorages, mode, &ModeName<WeightStorage>::mode);
}
inline const auto& names_of(Pruning mode) { return *std::ranges::find(kPrunings, mode, &ModeName<Pruning>::mode); }
inline const auto& names_of(Precision mode) {
  return *std::ranges::find(kPrecisions, mode, &ModeName<Precision>::mode);
}
inline const auto& names_of(Checkpointing mode) {
  return *std::ranges::find(kCheckpointings, mode, &ModeName<Checkpointing>::mode);
}
inline const auto& names_of(AttentionKind mode) {
  return *std::ranges::find(kAttentions, mode, &ModeName<AttentionKind>::mode);
}

inline bool is_autocast(Precision p) { return p == Precision::autocast_bf16 || p == Precision::autocast_fp16; }
/// The model's own weights have 2 bytes a number.
inline bool is_pure_half(Precision p) { return p == Precision::bf16 || p == Precision::bf16_master; }

/// Whether block `index`, counted from 0, keeps its input only: of each `every` blocks the first does.
inline bool is_checkpointed(Checkpointing checkpointing, std::int64_t every, std::int64_t index) {
  if (checkpointing == Checkpointing::block) return true;
  return checkpointing == Checkpointing::every && index % every == 0;
}

}  // namespace profile_train
