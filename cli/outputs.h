#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "profiler/result.h"

namespace profile_train::cli {

/// Where a run leaves its files.
struct OutputFolder {
  std::filesystem::path folder;
  std::filesystem::path trace() const { return folder / "trace.ptrace"; }
  std::filesystem::path json() const { return folder / "report.json"; }
  std::filesystem::path html() const { return folder / "report.html"; }
};

/// The folder that was asked for, or a new one below out/ with this name and the time. Makes it, and fails if it cannot
/// be written or, without `force`, holds one of the files already: before any training is done.
Result<std::filesystem::path> prepare_folder(const std::string& asked_for, const std::string& name,
                                             const std::vector<std::string>& files, bool force);

/// The same for a run, named after its configuration.
Result<OutputFolder> prepare_output_folder(const std::string& asked_for, const std::string& config_name, bool force);

/// Writes report.json and report.html.
Result<void> write_reports(const OutputFolder& output, const Analysis& analysis, bool force);

/// The files of the folder, for the last section of the terminal report.
std::vector<std::string> files_of(const OutputFolder& output);

}  // namespace profile_train::cli
