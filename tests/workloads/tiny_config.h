#pragma once

#include "workloads/config.h"

namespace profile_train::workloads {

/// A model of two blocks that trains in milliseconds, on the text that ships with the project.
inline TrainingConfig tiny_config() {
  TrainingConfig config;
  config.name = "tiny";
  config.model.blocks = 2;
  config.model.hidden = 32;
  config.model.heads = 4;
  config.model.feed_forward = 128;
  config.model.vocabulary = 256;
  config.model.positions = 64;
  config.train.batch_size = 4;
  config.train.sequence = 32;
  config.train.steps = 3;
  config.train.threads = 1;
  config.shipped_text = std::filesystem::path(PROFILE_TRAIN_RESOURCES) / "data" / "memory_of_training.txt";
  return config;
}

}  // namespace profile_train::workloads
