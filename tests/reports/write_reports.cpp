// Writes JSON reports of random summaries, one file each, for the test that validates them against their schema.
//
//     write_reports FOLDER COUNT

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "reports/json.h"
#include "reports/output_file.h"
#include "tests/reports/example_summary.h"

int main(int argc, char** argv) {
  using namespace profile_train;
  if (argc != 3) return 2;
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  const unsigned long count = std::strtoul(argv[2], nullptr, 10);
  for (unsigned seed = 0; seed < count; ++seed) {
    const std::string report = reports::to_json(reports::testing::random_summary(seed));
    const auto written =
        reports::write_output_file(folder / fmt::format("random_{}.json", seed), report, reports::IfExists::replace);
    if (!written) {
      fmt::print(stderr, "{}\n", written.error().message);
      return 2;
    }
  }
  return 0;
}
