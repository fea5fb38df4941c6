#include "reports/html_summary.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "reports/json.h"
#include "reports/packed_column.h"

namespace profile_train::reports {
namespace {

using Path = std::vector<std::string>;

/// {"step": 1, "end": {"weights": 4}} → [["step"], ["end", "weights"]].
std::vector<Path> paths_of(const Json& row) {
  std::vector<Path> paths;
  for (const auto& [key, value] : row.items()) {
    if (!value.is_object()) {
      paths.push_back({key});
      continue;
    }
    for (const auto& [inner, unused] : value.items()) paths.push_back({key, inner});
  }
  return paths;
}

const Json& at(const Json& row, const Path& path) {
  const Json* value = &row;
  for (const std::string& key : path) value = &value->at(key);
  return *value;
}

std::int64_t index_of(const std::string& text, std::vector<std::string>& strings) {
  const auto found = std::find(strings.begin(), strings.end(), text);
  const std::int64_t index = found - strings.begin();
  if (found == strings.end()) strings.push_back(text);
  return index;
}

}  // namespace

Json in_columns(const Json& rows) {
  std::vector<std::string> strings;
  Json columns = {{"paths", Json::array()}, {"texts", Json::array()}, {"columns", Json::array()}};
  for (const Path& path : rows.empty() ? std::vector<Path>{} : paths_of(rows.front())) {
    Column column;
    bool texts = false;
    for (const Json& row : rows) {
      const Json& value = at(row, path);
      texts = value.is_string();
      column.push_back(texts ? index_of(value.get<std::string>(), strings) : value.get<std::int64_t>());
    }
    columns["paths"].push_back(path);
    columns["texts"].push_back(texts);
    columns["columns"].push_back(packed(differences(std::move(column))));
  }
  columns["strings"] = strings;
  return columns;
}

std::string page_summary(const Summary& summary) {
  Json json = Json::parse(to_json(summary));
  json["phases"] = in_columns(json["phases"]);
  return json.dump();
}

}  // namespace profile_train::reports
