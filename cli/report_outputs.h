#pragma once

#include <map>
#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "profiler/result.h"

namespace CLI {
class App;
}

namespace profile_train::cli {

/// The files that a command writes a report to: one option each, among them all formats of reports/exports/.
class ReportOutputs {
 public:
  void add_to(CLI::App& app);

  /// Writes those that were asked for and returns their names. Each is complete or not there; none is begun unless all
  /// can be created.
  Result<std::vector<std::string>> write(const Analysis& analysis) const;

 private:
  std::string html_;
  std::string json_;
  std::map<std::string, std::string> exports_;  ///< by the name of their format
  bool force_ = false;
};

}  // namespace profile_train::cli
