#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "workloads/config.h"

namespace profile_train::workloads {

/// One key of the configuration: how to read and check it, and how to write it back. The list of all of them is the
/// whole language of the file; a new setting is one line there.
struct ConfigField {
  std::string key;  ///< "train.batch_size"
  /// Stores the value, or says what was expected and what was found.
  std::function<std::optional<std::string>(TrainingConfig&, const YAML::Node&)> read;
  /// The value as YAML; empty if there is nothing to write.
  std::function<std::string(const TrainingConfig&)> write;
  bool required = false;
  std::vector<std::string> values{};  ///< the words it can be, if it is one of several; else empty
};

std::span<const ConfigField> config_fields();

}  // namespace profile_train::workloads
