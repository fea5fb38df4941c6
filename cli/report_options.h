#pragma once

#include <string>

#include "cli/environment.h"
#include "reports/terminal.h"

namespace CLI {
class App;
}

namespace profile_train::cli {

/// How results are printed: options that several commands share.
struct PrintOptions {
  bool json = false;
  int top = 10;
  std::string colour = "auto";

  void add_to(CLI::App& app);
  reports::TerminalOptions terminal(const Environment& environment) const;
};

}  // namespace profile_train::cli
