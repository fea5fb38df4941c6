#include "cli/resources.h"

#include <string>

namespace profile_train::cli {

namespace fs = std::filesystem;

namespace {

fs::path program_file() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
}

/// `name` in share/profile-train beside an installed program, or in simulator/ above one in the source tree.
fs::path of_simulator(const char* name) {
  std::error_code error;
  const fs::path folder = resource_folder();
  const fs::path installed = folder / name;
  return fs::exists(installed, error) ? installed : folder.parent_path() / "simulator" / name;
}

/// Beside the program in a build tree; once installed, in a folder of its own: anywhere else ldconfig would take it for
/// the driver, by its SONAME.
fs::path library(const char* name) {
  std::error_code error;
  const fs::path prefix = program_file().parent_path().parent_path();
  for (const fs::path& folder : {prefix / PROFILE_TRAIN_LIBRARY_FOLDER / "profile-train", prefix / "lib"}) {
    if (fs::is_regular_file(folder / name, error)) return folder / name;
  }
  return {};
}

}  // namespace

fs::path resource_folder() {
  std::error_code error;
  const fs::path program = program_file();
  if (program.empty()) return {};
  fs::path installed = program.parent_path().parent_path() / "share" / "profile-train";
  if (fs::is_directory(installed / "configs", error)) return installed;
  for (fs::path folder = program.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::is_directory(folder / "workloads" / "configs", error)) return folder / "workloads";
  }
  return {};
}

fs::path card_folder() { return of_simulator("cards"); }

fs::path simulation_torch_library() { return library("libprofile_train_simcuda_torch.so"); }

fs::path simulation_driver_folder() { return library("driver/libcuda.so.1").parent_path(); }

std::vector<fs::path> simulation_libraries() {
  std::vector<fs::path> libraries = {library("libprofile_train_simcuda.so")};
  if (libraries.front().empty()) return {};
  for (const char* name : {"libprofile_train_simnvml.so", "libprofile_train_simcupti.so"}) {
    if (fs::path named = library(name); !named.empty()) libraries.push_back(std::move(named));
  }
  return libraries;
}

fs::path calibration_file() {
  std::error_code error;
  const fs::path file = of_simulator("calibration") / "measured.tsv";
  return fs::is_regular_file(file, error) ? file : fs::path();
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
