// make_large_report STEPS FOLDER: the page of a made-up run of many steps, large.html and large.json, for
// scale_test.py. A step of the made-up run has about 2,200 events.

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "profiler/analysis.h"
#include "reports/html.h"
#include "reports/json.h"
#include "sample_trace.h"

int main(int argc, char** argv) {
  using namespace profile_train;
  int steps = 0;
  if (argc != 3 || std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), steps).ec != std::errc() || steps < 1) {
    fmt::print(stderr, "usage: make_large_report STEPS FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[2];
  std::filesystem::create_directories(folder);
  const Analysis analysis = analyse(sample_trace({.steps = steps}));
  std::ofstream(folder / "large.html", std::ios::binary) << reports::render_html(analysis);
  std::ofstream(folder / "large.json", std::ios::binary) << reports::to_json(analysis.summary);
  fmt::print("{} events\n", analysis.trace.events.size());
}
