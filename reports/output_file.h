#pragma once

#include <filesystem>
#include <string_view>

#include "profiler/result.h"

namespace profile_train::reports {

enum class IfExists { refuse, replace };

/// Writes a whole file or nothing: whoever sees the name sees the complete content, also after a crash or a full disk.
///
/// The content goes to a temporary file in the same folder, to the disk, and then under its name. The folder must
/// exist.
Result<void> write_output_file(const std::filesystem::path& path, std::string_view content, IfExists if_exists);

}  // namespace profile_train::reports
