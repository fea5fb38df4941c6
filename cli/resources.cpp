#include "cli/resources.h"

#include <string>

namespace profile_train::cli {

namespace fs = std::filesystem;

fs::path resource_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const fs::path installed = program.parent_path().parent_path() / "share" / "profile-train";
  if (fs::is_directory(installed / "configs", error)) return installed;
  for (fs::path folder = program.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::is_directory(folder / "workloads" / "configs", error)) return folder / "workloads";
  }
  return {};
}

std::string command_line(int argc, const char* const* argv) {
  std::string line = argc > 0 ? fs::path(argv[0]).filename().string() : "profile-train";
  for (int i = 1; i < argc; ++i) {
    line += ' ';
    line += argv[i];
  }
  return line;
}

}  // namespace profile_train::cli
