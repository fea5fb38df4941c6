#include "cli/outputs.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

#include "reports/html.h"
#include "reports/json.h"
#include "reports/output_file.h"

namespace profile_train::cli {

namespace fs = std::filesystem;

namespace {

fs::path new_folder_name(const std::string& config_name) {
  const std::time_t now_seconds = std::time(nullptr);
  std::tm local{};
  localtime_r(&now_seconds, &local);
  const std::string now = fmt::format("{:%Y%m%d-%H%M%S}", local);
  const fs::path base = fs::path("out") / fmt::format("{}-{}", config_name, now);
  fs::path folder = base;
  std::error_code error;
  for (int i = 2; fs::exists(folder, error); ++i) folder = base.string() + fmt::format("-{}", i);
  return folder;
}

}  // namespace

Result<fs::path> prepare_folder(const std::string& asked_for, const std::string& name,
                                const std::vector<std::string>& files, bool force) {
  const fs::path folder = asked_for.empty() ? new_folder_name(name) : fs::path(asked_for);
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) {
    return failure(fmt::format("{} is a file; give -o a folder.", folder.string()));
  }
  for (const std::string& file : files) {
    if (!force && fs::exists(folder / file, error)) {
      return failure(fmt::format("{} exists already; give another folder with -o, or --force to replace it.",
                                 (folder / file).string()));
    }
  }
  fs::create_directories(folder, error);
  if (error) {
    return failure(fmt::format("The output folder {} cannot be made: {}; give another one with -o.", folder.string(),
                               error.message()));
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return failure(fmt::format("The output folder {} cannot be written: {}; give another one with -o.", folder.string(),
                               std::generic_category().message(errno)));
  }
  return folder;
}

Result<OutputFolder> prepare_output_folder(const std::string& asked_for, const std::string& config_name, bool force) {
  auto folder = prepare_folder(asked_for, config_name, {"trace.ptrace", "report.json", "report.html"}, force);
  if (!folder) return tl::unexpected(folder.error());
  return OutputFolder{std::move(*folder)};
}

Result<void> write_reports(const OutputFolder& output, const Analysis& analysis, bool force) {
  const auto if_exists = force ? reports::IfExists::replace : reports::IfExists::refuse;
  if (auto json = reports::write_output_file(output.json(), reports::to_json(analysis.summary), if_exists); !json) {
    return json;
  }
  return reports::write_output_file(output.html(), reports::render_html(analysis), if_exists);
}

std::vector<std::string> files_of(const OutputFolder& output) {
  return {output.trace().string(), output.html().string(), output.json().string()};
}

}  // namespace profile_train::cli
