// Writes JSON reports of random summaries and of estimates, one file each, for the test that validates them.
//
//     write_reports FOLDER COUNT

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "reports/json.h"
#include "reports/output_file.h"
#include "tests/reports/example_summary.h"

namespace {

using namespace profile_train;

/// GPT-2 as a run would describe it, as one the exact model does not cover, and the empty setup.
std::vector<TrainingSetup> setups() {
  TrainingSetup small = *reports::testing::example_summary().header.setup;
  TrainingSetup half = small;
  half.precision = Precision::bf16;
  return {small, half, TrainingSetup{}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::filesystem::path folder = argv[1];
  const unsigned long count = std::strtoul(argv[2], nullptr, 10);
  std::filesystem::create_directories(folder);
  bool written = true;
  const auto write = [&](const std::string& name, const std::string& content) {
    const auto result = reports::write_output_file(folder / name, content, reports::IfExists::replace);
    if (!result) fmt::print(stderr, "{}\n", result.error().message);
    written = written && result;
  };
  for (unsigned seed = 0; seed < count; ++seed) {
    write(fmt::format("report_{}.json", seed), reports::to_json(reports::testing::random_summary(seed)));
  }
  int number = 0;
  for (const TrainingSetup& setup : setups()) {
    write(fmt::format("estimate_{}.json", number++), reports::to_json(estimate(setup)));
  }
  return written ? 0 : 2;
}
