#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "profiler/event.h"

namespace profile_train::reports {

/// Keys in the order in which they are written: the order of a report is for its readers.
using Json = nlohmann::ordered_json;

/// Writes `key`; if there is no value it is null, and `key_why_not` gives the reason.
template <typename T>
void put(Json& object, const std::string& key, const std::optional<T>& value, std::string_view why_not) {
  object[key] = value ? Json(*value) : Json(nullptr);
  if (!value) object[key + "_why_not"] = std::string(why_not);
}

/// The same for numbers that JSON cannot express: NaN and infinity become null, and the reason says which it was.
void put_number(Json& object, const std::string& key, const std::optional<double>& value, std::string_view why_not);

/// The same for a text that is empty when it is not known.
void put_text(Json& object, const std::string& key, const std::string& text, std::string_view why_not);

/// Names of phases in JSON, as in the trace's vocabulary: "optimizer_step".
std::string phase_key(Phase phase);

/// Indented, UTF-8, ending in a newline. Bytes that are no UTF-8 become U+FFFD instead of an exception.
std::string to_text(const Json& json);

}  // namespace profile_train::reports
