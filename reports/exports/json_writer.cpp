#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/exports/structured_writer.h"

namespace profile_train::reports {

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_values_.back()) out_.write(",\n");
  has_values_.back() = true;
}

void JsonWriter::open(char bracket) {
  separate();
  out_.write({&bracket, 1});
  has_values_.push_back(false);
}

void JsonWriter::close(char bracket) {
  out_.write({&bracket, 1});
  has_values_.pop_back();
  if (has_values_.size() == 1) out_.write("\n");
}

void JsonWriter::key(std::string_view name) {
  text(name);
  out_.write(":");
  after_key_ = true;
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  out_.write(fmt::to_string(value));
}

void JsonWriter::text(std::string_view value) {
  separate();
  out_.write(json_string(value));
}

void JsonWriter::boolean(bool value) {
  separate();
  out_.write(value ? "true" : "false");
}

void JsonWriter::pair(std::int64_t first, std::int64_t second) {
  separate();
  out_.write(fmt::format("[{},{}]", first, second));
}

}  // namespace profile_train::reports
