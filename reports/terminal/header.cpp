#include <fmt/format.h>

#include "profiler/mode_names.h"
#include "reports/format.h"
#include "reports/setup_text.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

std::vector<std::string> identity(const Summary& summary) {
  const TraceHeader& header = summary.header;
  std::vector<std::string> facts = {header.config_name.empty() ? "training run" : header.config_name};
  const std::string parameters = summary.parameters.count > 0 ? format_count(summary.parameters.count) + " parameters"
                                                              : std::string("parameters not watched");
  if (header.setup) {
    const TrainingSetup& setup = *header.setup;
    facts.push_back(model_name(setup) + " " + parameters);
    facts.emplace_back(names_of(setup.precision).title);
    facts.push_back(fmt::format("B {}", setup.batch));
    facts.push_back(fmt::format("S {}", setup.sequence));
    facts.push_back(setup.task == Task::inference ? names_of(setup.task).title : optimizer_name(setup));
  } else {
    facts.push_back(parameters);
  }
  facts.push_back(header.device);
  return facts;
}

std::vector<std::string> details(const Summary& summary) {
  std::vector<std::string> facts;
  if (summary.header.setup) facts = setup_details(*summary.header.setup);
  for (const std::string& op : summary.attention_operators) facts.push_back("ran " + op);
  if (summary.parameters.count > 0) {
    facts.push_back(fmt::format("{} in {} parameter tensors", format_bytes(summary.parameters.bytes),
                                format_count(summary.parameters.tensors)));
  }
  if (!summary.header.libtorch_version.empty()) facts.push_back("LibTorch " + summary.header.libtorch_version);
  return facts;
}

}  // namespace

void header_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  page.facts(identity(summary), Style::strong, 0);
  page.thick_rule();
  page.facts(details(summary), Style::quiet, 0);
}

void files_section(const Summary& /*summary*/, const TerminalOptions& options, Page& page) {
  if (options.files.empty()) return;
  page.section("FILES");
  for (const std::string& file : options.files) page.text(file);
}

}  // namespace profile_train::reports
