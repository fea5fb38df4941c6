#include "profiler/budget/budget_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "profiler/budget/threshold_text.h"
#include "profiler/nearest.h"

namespace profile_train {
namespace fs = std::filesystem;
namespace {

/// Everything a budget can limit, by the key in the file; modules are named by their patterns and are not here.
std::map<std::string, Subject> known_subjects() {
  std::vector<Subject> all = {{.measure = Measure::requested},     {.measure = Measure::allocated},
                              {.measure = Measure::reserved},      {.measure = Measure::growth},
                              {.measure = Measure::fragmentation}, {.measure = Measure::residual}};
  for (std::size_t i = 0; i < kCategories; ++i)
    all.push_back({.measure = Measure::category, .category = category_at(i)});
  for (int i = 0; i < kPhases; ++i) all.push_back({.measure = Measure::phase, .phase = static_cast<Phase>(i)});
  std::map<std::string, Subject> by_key;
  for (Subject& subject : all) by_key.emplace(key_of(subject), std::move(subject));
  return by_key;
}

bool is_section(std::string_view key) {
  return key == "peak" || key == "categories" || key == "phases" || key == "modules";
}

std::string found(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "found nothing";
  if (node.IsMap()) return "found a section";
  if (node.IsSequence()) return "found a list";
  return fmt::format("found '{}'", node.Scalar());
}

std::string word_of(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : "?"; }

class BudgetReader {
 public:
  explicit BudgetReader(const fs::path& file) : file_(file) { budget_.file = file.string(); }

  Result<Budget> read() {
    auto root = load();
    if (!root) return tl::unexpected(root.error());
    for (const auto& entry : *root) {
      const std::string key = word_of(entry.first);
      const std::string where = place(entry.first);
      auto done = is_section(key) ? section(key, entry.second, where) : single(key, entry.second, where);
      if (!done) return tl::unexpected(done.error());
    }
    return finish();
  }

 private:
  Result<YAML::Node> load() const {
    std::ifstream stream(file_);
    std::stringstream text;
    text << stream.rdbuf();
    std::error_code ignored;
    if (!stream || fs::is_directory(file_, ignored))
      return failure(
          fmt::format("{}: cannot be read; name a budget file, or make one with profile-train baseline", budget_.file));
    try {
      YAML::Node root = YAML::Load(text.str());
      if (root.IsMap()) return root;
    } catch (const YAML::Exception& error) {
      return failure(fmt::format("{}:{}: this is not valid YAML: {}", budget_.file, error.mark.line + 1, error.msg));
    }
    return failure(fmt::format("{}: expected limits such as peak: {{requested: 24 GiB}}, found none", budget_.file));
  }

  std::string place(const YAML::Node& node) const { return fmt::format("{}:{}", budget_.file, node.Mark().line + 1); }

  Result<void> section(const std::string& key, const YAML::Node& node, const std::string& where) {
    if (!node.IsMap())
      return failure(fmt::format("{}: {}: expected limits of this section, {}", where, key, found(node)));
    for (const auto& entry : node) {
      const std::string full = key + "." + word_of(entry.first);
      const std::string inner = place(entry.first);
      if (auto done =
              key == "modules" ? modules(word_of(entry.first), entry.second, inner) : limit(full, entry.second, inner);
          !done)
        return done;
    }
    return {};
  }

  Result<void> single(const std::string& key, const YAML::Node& node, const std::string& where) {
    if (key != "baseline" && key != "tolerance" && key != "alert" && key != "inferred") return limit(key, node, where);
    if (auto done = once(key, where); !done) return done;
    if (key == "inferred") {
      const std::string word = node.IsScalar() ? node.Scalar() : "";
      if (word != "accept" && word != "refuse")
        return failure(fmt::format("{}: inferred: expected accept or refuse, {}", where, found(node)));
      budget_.accepts_inferred = word == "accept";
      return {};
    }
    if (key == "baseline") {
      if (!node.IsScalar() || node.Scalar().empty())
        return failure(
            fmt::format("{}: baseline: expected a report.json or a trace of an earlier run, {}", where, found(node)));
      const fs::path path = node.Scalar();
      budget_.baseline = path.is_relative() ? file_.parent_path() / path : path;
      return {};
    }
    const auto share = node.IsScalar() ? parse_percent(node.Scalar()) : std::nullopt;
    if (!share) return failure(fmt::format("{}: {}: expected a percentage such as 2 %, {}", where, key, found(node)));
    if (key == "tolerance") {
      budget_.tolerance = *share;
    } else if (*share > 1.0) {
      return failure(fmt::format("{}: alert: expected at most 100 % of the limits, {}", where, found(node)));
    } else {
      budget_.alert = *share;
    }
    return {};
  }

  Result<void> limit(const std::string& key, const YAML::Node& node, const std::string& where) {
    const auto known = subjects_.find(key);
    if (known == subjects_.end()) return unknown(key, where);
    return add(known->second, node, where);
  }

  Result<void> modules(const std::string& pattern, const YAML::Node& node, const std::string& where) {
    if (pattern.empty() || pattern.front() == '.' || pattern.back() == '.' || pattern.find("..") != std::string::npos)
      return failure(
          fmt::format("{}: modules: expected a path such as transformer.h.*.attn, found '{}'", where, pattern));
    return add({.measure = Measure::modules, .modules = pattern}, node, where);
  }

  Result<void> add(const Subject& subject, const YAML::Node& node, const std::string& where) {
    const std::string key = key_of(subject);
    if (auto done = once(key, where); !done) return done;
    Limit limit{.subject = subject, .fail = std::nullopt, .alert = std::nullopt, .place = where};
    const auto threshold = [&](const YAML::Node& value, std::optional<Threshold>& target) -> Result<void> {
      auto parsed = value.IsScalar() ? parse_threshold(value.Scalar(), subject.measure) : std::nullopt;
      if (!parsed)
        return failure(
            fmt::format("{}: {}: expected {}, {}", where, key, expected_threshold(subject.measure), found(value)));
      target = *parsed;
      return {};
    };
    if (!node.IsMap()) {
      if (auto done = threshold(node, limit.fail); !done) return done;
    } else {
      for (const auto& entry : node) {
        const std::string word = word_of(entry.first);
        if (word != "fail" && word != "alert")
          return failure(
              fmt::format("{}: {}.{}: unknown key; a limit has fail and alert", place(entry.first), key, word));
        if (auto done = threshold(entry.second, word == "fail" ? limit.fail : limit.alert); !done) return done;
      }
    }
    if (!limit.fail && !limit.alert) return failure(fmt::format("{}: {}: expected a limit, found nothing", where, key));
    if (limit.fail && limit.alert && !limit.fail->of_baseline && !limit.alert->of_baseline &&
        limit.alert->amount > limit.fail->amount)
      return failure(fmt::format("{}: {}: alert is above fail and would never be told; lower it", where, key));
    budget_.limits.push_back(std::move(limit));
    return {};
  }

  Result<void> once(const std::string& key, const std::string& where) {
    const auto [first, added] = places_.emplace(key, where);
    if (added) return {};
    return failure(fmt::format("{}: {}: this key is there twice, first at {}", where, key, first->second));
  }

  tl::unexpected<Error> unknown(const std::string& key, const std::string& where) const {
    std::vector<std::string> candidates = {"baseline", "tolerance",  "alert",  "inferred",
                                           "peak",     "categories", "phases", "modules"};
    for (const auto& [name, subject] : subjects_) candidates.push_back(name);
    if (const auto meant = nearest(key, candidates))
      return failure(fmt::format("{}: {}: unknown key; did you mean {}?", where, key, *meant));
    const std::string section = key.substr(0, key.find('.') + 1);  // "categories.", or "" for the outermost keys
    std::erase_if(candidates, [&](const std::string& name) {
      return section.empty() ? name.find('.') != std::string::npos : !name.starts_with(section);
    });
    return failure(fmt::format("{}: {}: unknown key; there are {}", where, key, fmt::join(candidates, ", ")));
  }

  Result<Budget> finish() {
    if (budget_.limits.empty())
      return failure(fmt::format("{}: expected limits such as peak: {{requested: 24 GiB}}, found none", budget_.file));
    for (const Limit& limit : budget_.limits) {
      const bool of_baseline = (limit.fail && limit.fail->of_baseline) || (limit.alert && limit.alert->of_baseline);
      if (of_baseline && budget_.baseline.empty())
        return failure(fmt::format("{}: {}: there is no baseline in this file; add one, as in baseline: report.json",
                                   limit.place, key_of(limit.subject)));
    }
    const Subject unknown_bytes{.measure = Measure::category, .category = Category::unknown};
    if (!places_.contains(key_of(unknown_bytes)))
      budget_.limits.push_back(
          {.subject = unknown_bytes, .fail = Threshold{}, .alert = {}, .place = budget_.file, .implied = true});
    return budget_;
  }

  fs::path file_;
  Budget budget_;
  std::map<std::string, Subject> subjects_ = known_subjects();
  std::map<std::string, std::string> places_;  // key -> "budgets.yaml:12"
};

}  // namespace

Result<Budget> read_budget(const fs::path& file) { return BudgetReader(file).read(); }

}  // namespace profile_train
