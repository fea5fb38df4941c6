#include "cli/report_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace profile_train::cli {

void PrintOptions::add_to(CLI::App& app) {
  app.add_flag("--json", json, "Print the report as JSON instead of text");
  app.add_option("--top", top, "Rows of long lists, such as what is live at the peak")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--colour,--color", colour, "Colours in the text: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

reports::TerminalOptions PrintOptions::terminal(const Environment& environment) const {
  constexpr int kWidest = 120;  // longer lines are hard to follow from end to end
  reports::TerminalOptions options;
  options.colour = colour == "always" || (colour == "auto" && environment.stdout_is_terminal && !environment.no_colour);
  options.width = std::clamp(environment.terminal_width, 60, kWidest);
  options.top = top;
  return options;
}

}  // namespace profile_train::cli
