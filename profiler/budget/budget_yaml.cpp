#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "profiler/budget/budget_file.h"
#include "profiler/budget/threshold_text.h"
#include "profiler/grouped.h"

namespace profile_train {
namespace {

std::string value_of(const Limit& limit) {
  const Measure measure = limit.subject.measure;
  if (!limit.alert) return to_text(*limit.fail, measure);
  if (!limit.fail) return fmt::format("{{alert: {}}}", to_text(*limit.alert, measure));
  return fmt::format("{{fail: {}, alert: {}}}", to_text(*limit.fail, measure), to_text(*limit.alert, measure));
}

/// "  # 2.25 GiB": bytes are exact and hard to read.
std::string size_beside(const Limit& limit) {
  if (!limit.fail || limit.fail->of_baseline || is_share(limit.subject.measure)) return {};
  constexpr double kMiB = 1048576.0;
  const double mib = static_cast<double>(limit.fail->amount) / kMiB;
  if (mib < 1.0) return {};
  if (mib < 1024.0) return fmt::format("  # {:.1f} MiB", mib);
  return fmt::format("  # {:.2f} GiB", mib / 1024.0);
}

}  // namespace

std::string to_yaml(const Budget& budget, const std::string& comment) {
  std::string text;
  std::istringstream lines(comment);
  for (std::string line; std::getline(lines, line);) text += fmt::format("# {}\n", line);
  if (!budget.baseline.empty()) text += fmt::format("baseline: {}\n", YAML::Dump(YAML::Node(budget.baseline.string())));
  if (budget.tolerance > 0.0) text += fmt::format("tolerance: {}\n", to_percent(budget.tolerance));
  if (budget.alert) text += fmt::format("alert: {}  # of each limit\n", to_percent(*budget.alert));
  if (budget.accepts_inferred) text += "inferred: accept\n";
  std::string section;
  for (const Limit& limit : budget.limits) {
    const std::string key = key_of(limit.subject);
    const auto dot = key.find('.');
    if (const std::string its = dot == std::string::npos ? "" : key.substr(0, dot); its != section) {
      section = its;
      text += section.empty() ? "\n" : fmt::format("\n{}:\n", section);
    }
    const std::string name = dot == std::string::npos ? key : key.substr(dot + 1);
    text += fmt::format("{}{}: {}{}\n", section.empty() ? "" : "  ",
                        limit.subject.measure == Measure::modules ? YAML::Dump(YAML::Node(name)) : name,
                        value_of(limit), size_beside(limit));
  }
  return text;
}

}  // namespace profile_train
