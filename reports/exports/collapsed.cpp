// Collapsed stacks: a line "outer;inner;[category] bytes" for each stack that holds memory at the peak. Read by
// flamegraph.pl, inferno, speedscope.app and others; https://github.com/brendangregg/FlameGraph describes it.

#include <fmt/format.h>

#include <algorithm>

#include "reports/exports/format.h"
#include "reports/exports/stacks.h"

namespace profile_train::reports {
namespace {

/// ';' separates frames and a line ends a stack, so neither can be in a name.
std::string as_frame(std::string name) {
  std::replace(name.begin(), name.end(), ';', ',');
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return name;
}

}  // namespace

void write_collapsed_stacks(const Analysis& analysis, ByteSink& out) {
  for (const PeakStack& stack : stacks_at_peak(analysis)) {
    std::string line;
    for (std::string& frame : frames_of(stack, analysis.trace)) line += as_frame(std::move(frame)) + ';';
    line += fmt::format("[{}] {}\n", category_label(stack.category, analysis.trace), stack.bytes);
    out.write(line);
  }
}

}  // namespace profile_train::reports
