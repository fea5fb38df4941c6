#include "workloads/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "profiler/nearest.h"
#include "profiler/optimizer_names.h"
#include "workloads/compression_modes.h"
#include "workloads/config_fields.h"
#include "workloads/families.h"
#include "workloads/modes.h"

namespace profile_train::workloads {
namespace fs = std::filesystem;
namespace {

/// Whether a key of one mode means anything in the mode that was chosen.
bool mode_has(std::string_view key, const TrainingConfig& config) {
  const bool has_teacher = config.distillation.teacher_blocks > 0;
  if (key == "task") return config.task != Task::training;  // what nearly every file means needs no line
  if (key == "finetune.frozen_blocks") return config.model.frozen_blocks > 0;
  if (key.starts_with("finetune.lora_")) return config.model.lora_rank > 0;
  if (key == "compression.weights" || key == "compression.group") return config.model.weights != WeightStorage::full;
  if (key.starts_with("compression.prun")) return config.model.pruning != Pruning::none;
  if (key.starts_with("distillation.")) return has_teacher;
  if (key.starts_with("scaler.")) return config.precision == Precision::autocast_fp16;
  const OptimizerNames& optimizer = names_of(config.optimizer.kind);
  if (key == "optimizer.betas") return optimizer.betas;
  if (key == "optimizer.momentum") return optimizer.momentum;
  if (key == "optimizer.centered") return optimizer.centered;
  if (!family_has(key, config.model)) return false;
  if (key == "train.checkpoint_every") return config.model.checkpointing == Checkpointing::every;
  return true;
}

/// Collects values key by key, and remembers where each came from so that later complaints can point there.
class ConfigReader {
 public:
  ConfigReader() {
    for (const ConfigField& field : config_fields()) {
      keys_.push_back(field.key);
      const auto dot = field.key.find('.');
      if (dot == std::string::npos) continue;
      if (const auto section = field.key.substr(0, dot); !is_section(section)) sections_.push_back(section);
    }
  }

  Result<void> read_file(const fs::path& file) {
    file_ = file.string();
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    if (!stream) return failure(fmt::format("{}: cannot be read", file_));
    YAML::Node root;
    try {
      root = YAML::Load(text.str());
    } catch (const YAML::Exception& error) {
      return failure(fmt::format("{}:{}: this is not valid YAML: {}", file_, error.mark.line + 1, error.msg));
    }
    if (!root.IsMap()) return failure(fmt::format("{}: expected sections such as model and train, found none", file_));
    for (const auto& entry : root) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
      const std::string where = place(entry.first);
      if (!is_section(key)) {
        if (auto done = set(key, entry.second, where); !done) return done;
        continue;
      }
      if (places_.contains(key)) return failure(fmt::format("{}: {}: this section is there twice", where, key));
      places_[key] = where;
      if (!entry.second.IsMap()) return failure(fmt::format("{}: {}: expected keys of this section", where, key));
      for (const auto& inner : entry.second) {
        const std::string inner_key = inner.first.IsScalar() ? inner.first.Scalar() : "?";
        if (auto done = set(fmt::format("{}.{}", key, inner_key), inner.second, place(inner.first)); !done) return done;
      }
    }
    const auto relative_to_file = [&](fs::path& path) {
      if (!path.empty() && path.is_relative()) path = file.parent_path() / path;
    };
    relative_to_file(config_.data.text);
    relative_to_file(config_.data.tokens);
    if (config_.name.empty()) config_.name = file.stem().string();
    return {};
  }

  Result<void> apply(const std::string& assignment) {
    const std::string where = fmt::format("--set {}", assignment);
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return failure(fmt::format("{}: expected key=value, such as train.batch_size=8", where));
    }
    const std::string key = assignment.substr(0, equals);
    YAML::Node value;
    try {
      value = YAML::Load(assignment.substr(equals + 1));
    } catch (const YAML::Exception&) {
      return failure(fmt::format("{}: {}: the value is not valid YAML", where, key));
    }
    places_.erase(key);  // an override replaces what the file says, and an earlier override
    // A file has one source of tokens: naming one on the command line replaces the other.
    if (key == "data.text") forget("data.tokens", config_.data.tokens);
    if (key == "data.tokens") forget("data.text", config_.data.text);
    return set(key, value, where);
  }

  /// What no single key can tell. Run last.
  Result<TrainingConfig> finish() {
    for (const ConfigField& field : config_fields()) {
      if (field.required && !places_.contains(field.key)) {
        return failure(fmt::format("{}: {}: this key is missing", file_, field.key));
      }
    }
    if (config_.model.feed_forward == 0) config_.model.feed_forward = 4 * config_.model.hidden;
    const ModelConfig& model = config_.model;
    const TrainConfig& train = config_.train;
    for (const ConfigField& field : config_fields())
      if (places_.contains(field.key) && !family_has(field.key, model))
        return impossible(field.key, fmt::format("{} has none", model.family));
    if (const auto problem = impossible_family(config_)) return impossible(problem->key, problem->why);
    if (train.sequence > model.positions) {
      return impossible("train.sequence",
                        fmt::format("{} is more than model.positions, which is {}", train.sequence, model.positions));
    }
    if (config_.data.tokens.empty() && model.vocabulary < 256) {
      return impossible(
          "model.vocabulary",
          fmt::format("{} is too small for text, whose bytes go from 0 to 255; use at least 256", model.vocabulary));
    }
    if (!config_.data.text.empty() && !config_.data.tokens.empty()) {
      return impossible("data.tokens", "data.text names a file too; only one of them can be the data");
    }
    if (config_.data.tokens.empty() && config_.data.format != TokenFormat::automatic) {
      return impossible("data.format", "there is no data.tokens it could describe");
    }
    if (places_.contains("train.checkpoint_every") && !mode_has("train.checkpoint_every", config_))
      return impossible("train.checkpoint_every", "train.checkpointing is not every, so there is nothing to count");
    for (const ConfigField& field : config_fields())
      if (field.key.starts_with("scaler.") && places_.contains(field.key) && !mode_has(field.key, config_))
        return impossible(field.key, "only precision: autocast-fp16 scales its loss");
    for (const ConfigField& field : config_fields()) {
      const std::string_view why = needs_mode(field.key);
      if (!why.empty() && places_.contains(field.key) && !mode_has(field.key, config_))
        return impossible(field.key, std::string(why));
    }
    if (const auto problem = impossible_modes(config_)) return impossible(problem->key, problem->why);
    if (config_.loss.chunk_rows > 0 && config_.loss.hold_logits)
      return impossible("loss.hold_logits", "with loss.chunk_rows the logits are never all there to be held");
    const OptimizerNames& optimizer = names_of(config_.optimizer.kind);
    const auto has_none = [&](const char* counterpart) {
      return fmt::format("{} has none{}", optimizer.title, counterpart);
    };
    if (!optimizer.momentum && places_.contains("optimizer.momentum"))
      return impossible("optimizer.momentum", has_none(optimizer.betas ? "; its counterpart is optimizer.betas" : ""));
    if (!optimizer.betas && places_.contains("optimizer.betas"))
      return impossible("optimizer.betas",
                        has_none(optimizer.momentum ? "; its counterpart is optimizer.momentum" : ""));
    if (!optimizer.centered && places_.contains("optimizer.centered"))
      return impossible("optimizer.centered", fmt::format("{} cannot be centred; RMSprop can", optimizer.title));
    if (!optimizer.all_implementations && config_.optimizer.implementation != OptimizerImplementation::loop)
      return impossible("optimizer.implementation",
                        fmt::format("{} has no other than loop; adamw and adam have", optimizer.title));
    return config_;
  }

 private:
  bool is_section(const std::string& key) const { return std::ranges::find(sections_, key) != sections_.end(); }

  std::string place(const YAML::Node& node) const { return fmt::format("{}:{}", file_, node.Mark().line + 1); }

  Result<void> set(const std::string& key, const YAML::Node& value, const std::string& where) {
    const auto fields = config_fields();
    const auto field = std::ranges::find(fields, key, &ConfigField::key);
    if (field == fields.end()) return unknown(key, where);
    if (const auto [entry, added] = places_.emplace(key, where); !added) {
      return failure(fmt::format("{}: {}: this key is there twice, first at {}", where, key, entry->second));
    }
    if (const auto problem = field->read(config_, value))
      return failure(fmt::format("{}: {}: {}", where, key, *problem));
    return {};
  }

  tl::unexpected<Error> unknown(const std::string& key, const std::string& where) const {
    if (is_section(key)) return failure(fmt::format("{}: {}: this is a section; name one of its keys", where, key));
    std::vector<std::string> candidates = keys_;
    candidates.insert(candidates.end(), sections_.begin(), sections_.end());
    if (const auto meant = nearest(key, candidates)) {
      return failure(fmt::format("{}: {}: unknown key; did you mean {}?", where, key, *meant));
    }
    const std::string section = key.substr(0, key.find('.') + 1);  // "train.", or "" for the outermost keys
    std::erase_if(candidates, [&](const std::string& name) {
      return section.empty() ? name.find('.') != std::string::npos : !name.starts_with(section);
    });
    return failure(fmt::format("{}: {}: unknown key; {}there are {}", where, key,
                               section.empty() ? "" : "in this section ", fmt::join(candidates, ", ")));
  }

  /// Points to where the key was set, or names the file if its value is the default.
  tl::unexpected<Error> impossible(const std::string& key, const std::string& why) const {
    const auto at = places_.find(key);
    return failure(fmt::format("{}: {}: {}", at == places_.end() ? file_ : at->second, key, why));
  }

  void forget(const std::string& key, fs::path& path) {
    places_.erase(key);
    path.clear();
  }

  TrainingConfig config_;
  std::string file_;
  std::vector<std::string> keys_;
  std::vector<std::string> sections_;
  std::map<std::string, std::string, std::less<>> places_;  // key -> "gpt_small.yaml:12" or "--set …"
};

/// Names without their ending, so that the ending does not count when they are compared.
std::vector<std::string> shipped_configs(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;  // a folder that is not there holds no configs
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

Result<fs::path> find_config(std::string_view name, const fs::path& resources) {
  const fs::path folder = resources / "configs";
  std::error_code ignored;
  const fs::path given(name);
  if (fs::is_regular_file(given, ignored)) return given;
  for (const auto& candidate : {folder / given, folder / fmt::format("{}.yaml", name)}) {
    if (!name.empty() && fs::is_regular_file(candidate, ignored)) return candidate;
  }
  if (fs::is_directory(given, ignored)) return failure(fmt::format("config '{}' is a folder; name a YAML file", name));
  const auto names = shipped_configs(folder);
  if (names.empty()) return failure(fmt::format("config '{}' was not found; name a YAML file", name));
  const auto meant = nearest(given.stem().string(), names);
  return failure(fmt::format(
      "config '{}' was not found, neither as given nor in {}; {}", name, folder.string(),
      meant ? fmt::format("did you mean {}?", *meant) : fmt::format("there are {}", fmt::join(names, ", "))));
}

}  // namespace

Result<TrainingConfig> load_config(std::string_view name, std::span<const std::string> overrides,
                                   const fs::path& resources) {
  const auto file = find_config(name, resources);
  if (!file) return tl::unexpected(file.error());
  ConfigReader reader;
  if (auto done = reader.read_file(*file); !done) return tl::unexpected(done.error());
  for (const std::string& assignment : overrides) {
    if (auto done = reader.apply(assignment); !done) return tl::unexpected(done.error());
  }
  auto config = reader.finish();
  if (config) config->shipped_text = resources / "data" / "memory_of_training.txt";
  return config;
}

std::string to_yaml(const TrainingConfig& config) {
  std::string text;
  std::string section;
  for (const ConfigField& field : config_fields()) {
    const std::string value = !mode_has(field.key, config) ? "" : field.write(config);
    if (value.empty()) continue;
    const auto dot = field.key.find('.');
    if (dot != std::string::npos && field.key.substr(0, dot) != section) {
      section = field.key.substr(0, dot);
      text += fmt::format("{}:\n", section);
    }
    text += dot == std::string::npos ? fmt::format("{}: {}\n", field.key, value)
                                     : fmt::format("  {}: {}\n", field.key.substr(dot + 1), value);
  }
  return text;
}

}  // namespace profile_train::workloads
