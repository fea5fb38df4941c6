#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "simulator/card.h"

namespace profile_train::simulator {

/// A card as its YAML file describes it. `cards/` holds one file a card; a user's own has the same keys.
struct CardFile {
  Card card;
  std::vector<std::string> aliases;  ///< other names that people type for it: "h100"
  /// What PyTorch takes for cuBLAS on it, for each thread and stream that multiplies a matrix. To be read only: PyTorch
  /// decides, by compute capability. None: the file does not say.
  std::optional<std::uint64_t> cublas_workspace_bytes;
};

/// Finds what a mistyped word most likely meant. Given by the caller: the search is not the simulation's business.
using NearestName = std::function<std::optional<std::string>(std::string_view, std::span<const std::string>)>;

/// Reads and checks a card's file; its key is the name of the file. The error names file, line, key, what is wrong and
/// the nearest valid key.
tl::expected<CardFile, std::string> read_card_file(const std::filesystem::path& file, const NearestName& nearest);

}  // namespace profile_train::simulator
