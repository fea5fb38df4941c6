#include "profiler/byte_size.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace profile_train {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// 0 for what is no unit. Capitals do not matter: nobody means bits or milli here.
double unit_bytes(std::string_view unit) {
  std::string lower;
  for (const char c : unit) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::pair<std::string_view, double>, 10> kUnits = {{{"", 1.0},
                                                                           {"b", 1.0},
                                                                           {"kb", 1e3},
                                                                           {"mb", 1e6},
                                                                           {"gb", 1e9},
                                                                           {"tb", 1e12},
                                                                           {"kib", 1024.0},
                                                                           {"mib", 1048576.0},
                                                                           {"gib", 1073741824.0},
                                                                           {"tib", 1099511627776.0}}};
  for (const auto& [name, bytes] : kUnits) {
    if (lower == name) return bytes;
  }
  return 0.0;
}

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text, ZeroBytes zero) {
  constexpr double kMost = 17592186044416.0;  // 16 TiB: more is a slip of the keyboard
  const std::string_view size = trimmed(text);
  double number = 0.0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), number, std::chars_format::fixed);
  const double unit =
      error == std::errc() ? unit_bytes(trimmed(size.substr(static_cast<std::size_t>(end - size.data())))) : 0.0;
  const double bytes = number * unit;
  if (zero == ZeroBytes::allow && unit > 0.0 && number == 0.0) return 0;
  if (!(bytes >= 1.0 && bytes <= kMost)) {
    return failure(fmt::format("'{}' is no size; write it as 24GiB (of 1024), 24GB (of 1000) or in bytes", text));
  }
  return static_cast<std::uint64_t>(std::llround(bytes));
}

}  // namespace profile_train
