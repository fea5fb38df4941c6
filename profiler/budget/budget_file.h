#pragma once

#include <filesystem>
#include <string>

#include "profiler/budget/budget.h"
#include "profiler/result.h"

namespace profile_train {

/// Reads a budget file; docs/budgets.md has its keys. The error names file and line, the key, what is wrong, and the
/// nearest valid key. The baseline's path is relative to the file. A budget that says nothing of unknown bytes allows
/// none.
Result<Budget> read_budget(const std::filesystem::path& file);

/// A budget as a file that read_budget() reads back to the same limits, with sizes beside their bytes as comments.
/// `comment` stands above it, line by line.
std::string to_yaml(const Budget& budget, const std::string& comment);

}  // namespace profile_train
