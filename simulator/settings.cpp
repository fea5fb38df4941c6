#include "simulator/settings.h"

#include <array>
#include <charconv>
#include <functional>
#include <type_traits>
#include <vector>

namespace profile_train::simulator {
namespace {

/// Separators inside a value (a path with a semicolon, say) are written as %XX.
std::string escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    if (c == ';' || c == '=' || c == '%' || c == '\n') {
      const auto byte = static_cast<unsigned char>(c);
      escaped += '%';
      escaped += kDigits[byte >> 4U];
      escaped += kDigits[byte & 15U];
    } else {
      escaped += c;
    }
  }
  return escaped;
}

bool read(std::string_view text, std::string& value) {
  value.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      value += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return false;
    value += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

template <class Number>
requires std::is_arithmetic_v<Number>
bool read(std::string_view text, Number& value) {
  const char* const end = text.data() + text.size();
  return std::from_chars(text.data(), end, value).ptr == end && !text.empty();
}

bool read(std::string_view text, bool& value) {
  value = text == "1";
  return text == "1" || text == "0";
}

template <class T>
bool read(std::string_view text, std::optional<T>& value) {
  return read(text, value.emplace());
}

std::string write(const std::string& value) { return escape(value); }
std::string write(bool value) { return value ? "1" : "0"; }
template <class Number>
requires std::is_arithmetic_v<Number> std::string write(Number value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// Calls `visit(name, member)` for each setting: the one list of them.
template <class SettingsType, class Visitor>
void for_each_field(SettingsType& s, Visitor visit) {
  visit("card", s.card.key);
  visit("name", s.card.name);
  visit("compute_major", s.card.compute_major);
  visit("compute_minor", s.card.compute_minor);
  visit("card_memory", s.card.memory_bytes);
  visit("multiprocessors", s.card.multiprocessors);
  visit("threads_per_multiprocessor", s.card.max_threads_per_multiprocessor);
  visit("blocks_per_multiprocessor", s.card.max_blocks_per_multiprocessor);
  visit("registers_per_multiprocessor", s.card.registers_per_multiprocessor);
  visit("shared_memory_per_block", s.card.shared_memory_per_block);
  visit("shared_memory_per_block_optin", s.card.shared_memory_per_block_optin);
  visit("shared_memory_per_multiprocessor", s.card.shared_memory_per_multiprocessor);
  visit("l2_cache", s.card.l2_cache_bytes);
  visit("clock_khz", s.card.clock_khz);
  visit("memory_clock_khz", s.card.memory_clock_khz);
  visit("memory_bus_bits", s.card.memory_bus_bits);
  visit("context", s.card.context_bytes);
  visit("devices", s.devices);
  visit("memory", s.memory_bytes);
  visit("unlimited_memory", s.unlimited_memory);
  visit("world_size", s.world_size);
  visit("rank", s.rank);
  visit("scalar_value", s.scalar_value);
  visit("max_launches", s.max_launches);
  visit("max_seconds", s.max_seconds);
  visit("summary_folder", s.summary_folder);
  visit("calibration_file", s.calibration_file);
  visit("torch_library", s.torch_library);
  visit("log_calls", s.log_calls);
  visit("faults", s.faults);
}

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

}  // namespace

std::string encode(const Settings& settings) {
  std::string text;
  for_each_field(settings, [&](const char* name, const auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    std::string value;
    if constexpr (is_optional<Member>) {
      if (!member) return;
      value = write(*member);
    } else {
      value = write(member);
    }
    if (!text.empty()) text += ';';
    text += name;
    text += '=';
    text += value;
  });
  return text;
}

std::optional<Settings> decode(std::string_view text, std::string& problem) {
  Settings settings;
  while (!text.empty()) {
    const std::string_view assignment = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(assignment.size() + 1, text.size()));
    const auto equals = assignment.find('=');
    const std::string_view key = assignment.substr(0, equals);
    bool known = false;
    bool readable = equals != std::string_view::npos;
    for_each_field(settings, [&](const char* name, auto& member) {
      if (!readable || key != name) return;
      known = true;
      readable = read(assignment.substr(equals + 1), member);
    });
    if (!known || !readable) {
      problem = std::string(kSettingsVariable) + ": '" + std::string(assignment) +
                "' is not a setting; start the program with profile-train run, which writes this variable.";
      return std::nullopt;
    }
  }
  return settings;
}

}  // namespace profile_train::simulator
