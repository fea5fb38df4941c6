#include "reports/json_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace profile_train::reports {

void put_number(Json& object, const std::string& key, const std::optional<double>& value, std::string_view why_not) {
  if (value && !std::isfinite(*value)) {
    put<double>(object, key, std::nullopt, fmt::format("not a finite number: {}", *value));
  } else {
    put(object, key, value, why_not);
  }
}

void put_text(Json& object, const std::string& key, const std::string& text, std::string_view why_not) {
  put(object, key, text.empty() ? std::nullopt : std::optional(text), why_not);
}

std::string phase_key(Phase phase) {
  std::string key(to_string(phase));
  std::replace(key.begin(), key.end(), ' ', '_');
  return key;
}

std::string to_text(const Json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace profile_train::reports
