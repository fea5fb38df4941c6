#include "cli/report_outputs.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <utility>

#include "cli/shared_options.h"
#include "reports/exports/format.h"
#include "reports/html.h"
#include "reports/json.h"
#include "reports/output_file.h"

namespace profile_train::cli {

void ReportOutputs::add_to(CLI::App& app) {
  app.add_option("--html", html_, "Write the HTML report to this file")->type_name("FILE");
  app.add_option("--json-file", json_, "Write the JSON report to this file")->type_name("FILE");
  for (const reports::ExportFormat& format : reports::export_formats()) {
    const std::string name(format.name);
    app.add_option("--" + name, exports_[name], std::string(format.description))->type_name("FILE");
  }
  add_force_option(app, force_);
}

Result<std::vector<std::string>> ReportOutputs::write(const Analysis& analysis) const {
  struct Output {
    std::string path;
    reports::ReportFile file;
    std::function<void(reports::ByteSink&)> write;
  };
  std::vector<Output> outputs;
  std::string problem;
  const auto add = [&](const std::string& path, std::function<void(reports::ByteSink&)> write) {
    if (path.empty() || !problem.empty()) return;
    const auto if_exists = force_ ? reports::IfExists::replace : reports::IfExists::refuse;
    for (const Output& other : outputs)
      if (other.path == path) problem = fmt::format("{} is named twice; give each report a file of its own", path);
    auto file = reports::ReportFile::create(path, if_exists);
    if (!file) problem = file.error().message;
    if (problem.empty()) outputs.push_back({path, std::move(*file), std::move(write)});
  };

  add(html_, [&](reports::ByteSink& out) { out.write(reports::render_html(analysis)); });
  add(json_, [&](reports::ByteSink& out) { out.write(reports::to_json(analysis.summary)); });
  for (const reports::ExportFormat& format : reports::export_formats())
    add(exports_.at(std::string(format.name)), [&](reports::ByteSink& out) { format.write(analysis, out); });
  if (!problem.empty()) return failure(std::move(problem));

  std::vector<std::string> paths;
  for (Output& output : outputs) {
    output.write(output.file);
    if (const auto committed = output.file.commit(); !committed) return failure(committed.error().message);
    paths.push_back(output.path);
  }
  return paths;
}

}  // namespace profile_train::cli
