#pragma once

#include <string_view>

#include "profiler/training_setup.h"

namespace profile_train {

/// The module that a teacher's weights are made in, and what the paths and names of all that is in it begin with.
inline constexpr std::string_view kTeacherModule = "teacher";
inline constexpr std::string_view kTeacherPrefix = "teacher.";

inline bool is_of_teacher(std::string_view path) { return path == kTeacherModule || path.starts_with(kTeacherPrefix); }

/// The second model of a setup that has one, as a setup: the same family, vocabulary, positions and attention, whole,
/// and never trained.
inline TrainingSetup teacher_of(const TrainingSetup& s) {
  TrainingSetup teacher = s;
  teacher.blocks = s.teacher_blocks;
  teacher.hidden = s.teacher_hidden;
  teacher.heads = s.teacher_heads;
  teacher.kv_heads = teacher.head_size = 0;
  teacher.feed_forward = 4 * s.teacher_hidden;
  teacher.dropout = 0.0;
  teacher.checkpointing = Checkpointing::none;
  teacher.frozen_blocks = teacher.lora_rank = 0;
  teacher.weight_storage = WeightStorage::full;
  teacher.pruning = Pruning::none;
  teacher.teacher_blocks = teacher.teacher_hidden = teacher.teacher_heads = 0;
  return teacher;
}

}  // namespace profile_train
