#include "cli/varied_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "profiler/nearest.h"
#include "workloads/config.h"
#include "workloads/config_fields.h"

namespace profile_train::cli {
namespace {

using workloads::ConfigField;

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// By its whole name, or by its last part where only one key ends so.
Result<const ConfigField*> field_named(const std::string& name) {
  const auto fields = workloads::config_fields();
  std::vector<const ConfigField*> ending;
  std::vector<std::string> keys;
  for (const ConfigField& field : fields) {
    if (field.key == name) return &field;
    if (field.key.ends_with("." + name)) ending.push_back(&field);
    keys.push_back(field.key);
  }
  if (ending.size() == 1) return ending.front();
  if (ending.size() > 1)
    return failure(
        fmt::format("--vary {}: {} and {} end so; give the whole key", name, ending[0]->key, ending[1]->key));
  const auto meant = nearest(name, keys);
  return failure(fmt::format("--vary {}: unknown key; {}", name,
                             meant ? fmt::format("did you mean {}?", *meant) : "see workloads/configs for the keys"));
}

Result<VariedSetting> all_values_of(const std::string& name, const workloads::TrainingConfig& config) {
  const auto field = field_named(name);
  if (!field) return tl::unexpected(field.error());
  VariedSetting setting{.key = (*field)->key, .values = (*field)->values};
  if (setting.values.empty())
    return failure(fmt::format(
        "--vary {}: this key is not one of several words; name its values, as in --vary {}=1,2,4", name, setting.key));
  const auto own = std::ranges::find(setting.values, (*field)->write(config));
  if (own != setting.values.end()) std::rotate(setting.values.begin(), own, own + 1);
  return setting;
}

Result<VariedSetting> named_values(const std::string& assignment) {
  const auto equals = assignment.find('=');
  const auto field = field_named(assignment.substr(0, equals));
  if (!field) return tl::unexpected(field.error());
  VariedSetting setting{.key = (*field)->key, .values = split(std::string_view(assignment).substr(equals + 1), ',')};
  if (std::ranges::any_of(setting.values, &std::string::empty))
    return failure(fmt::format("--vary {}: a value is empty; write it as --vary {}=1,2,4", assignment, setting.key));
  return setting;
}

}  // namespace

Result<std::vector<VariedSetting>> varied_settings(std::span<const std::string> asked_for, const std::string& config,
                                                   std::span<const std::string> overrides,
                                                   const std::filesystem::path& resources) {
  const auto own = workloads::load_config(config, overrides, resources);
  if (!own) return tl::unexpected(own.error());
  std::vector<VariedSetting> settings;
  const auto add = [&](Result<VariedSetting> setting) -> Result<void> {
    if (!setting) return tl::unexpected(setting.error());
    if (std::ranges::find(settings, setting->key, &VariedSetting::key) != settings.end())
      return failure(fmt::format("--vary: {} is there twice", setting->key));
    settings.push_back(std::move(*setting));
    return {};
  };
  for (const std::string& one : asked_for) {
    if (one.find('=') != std::string::npos) {
      if (auto done = add(named_values(one)); !done) return tl::unexpected(done.error());
      continue;
    }
    for (const std::string& name : split(one, ','))
      if (auto done = add(all_values_of(name, *own)); !done) return tl::unexpected(done.error());
  }
  return settings;
}

std::vector<std::vector<std::string>> product_of(const std::vector<VariedSetting>& settings) {
  std::vector<std::vector<std::string>> rows = {{}};
  for (const VariedSetting& setting : settings) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& row : rows)
      for (const std::string& value : setting.values) {
        longer.push_back(row);
        longer.back().push_back(value);
      }
    rows = std::move(longer);
  }
  return rows;
}

}  // namespace profile_train::cli
