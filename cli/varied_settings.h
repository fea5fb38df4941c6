#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "profiler/result.h"

namespace profile_train::cli {

/// A key of the configuration and the values that it takes in a matrix.
struct VariedSetting {
  std::string key;
  std::vector<std::string> values;
};

/// Reads what --vary asks for: "precision,attention" for all values of those keys, or "train.batch_size=1,2,4". A key
/// may go by its last part. Of a key that is one of several words, the configuration's own value comes first; so the
/// first row of a matrix is the configuration as it is.
Result<std::vector<VariedSetting>> varied_settings(std::span<const std::string> asked_for, const std::string& config,
                                                   std::span<const std::string> overrides,
                                                   const std::filesystem::path& resources);

/// The product, as overrides of a configuration: the last key varies fastest.
std::vector<std::vector<std::string>> product_of(const std::vector<VariedSetting>& settings);

}  // namespace profile_train::cli
