#include "reports/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "profiler/grouped.h"

namespace profile_train::reports {
namespace {

constexpr double kKiB = 1024.0;
constexpr std::array<std::string_view, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

std::string_view sign_of(bool negative) { return negative ? "-" : ""; }

}  // namespace

std::string format_count(std::uint64_t count) { return grouped(fmt::format("{}", count)); }

std::string format_count(std::int64_t count) {
  return fmt::format("{}{}", sign_of(count < 0), format_count(magnitude(count)));
}

std::string format_exact_bytes(Bytes bytes) { return format_count(bytes) + " B"; }

std::string format_bytes(Bytes bytes) {
  const std::uint64_t size = magnitude(bytes);
  if (size < 1024) return format_exact_bytes(bytes);
  auto value = static_cast<double>(size);
  std::size_t unit = 0;
  // 1,023.96 KiB would be printed as 1,024.0 KiB: the next unit reads better.
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= kKiB;
    ++unit;
  }
  const int decimals = value < 99.995 ? 2 : 1;
  return fmt::format("{}{} {}", sign_of(bytes < 0), grouped(fmt::format("{:.{}f}", value, decimals)), kUnits[unit]);
}

std::string format_number(double value, int decimals) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const std::string digits = grouped(fmt::format("{:.{}f}", std::fabs(value), decimals));
  const bool is_zero = digits.find_first_not_of("0.,") == std::string::npos;
  return fmt::format("{}{}", sign_of(value < 0 && !is_zero), digits);
}

std::string format_seconds(double seconds) {
  if (!std::isfinite(seconds)) return fmt::format("{}", seconds);
  const double size = std::fabs(seconds);
  if (size == 0.0) return "0 s";
  if (size < 999.5e-9) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (size < 999.95e-6) return fmt::format("{:.1f} µs", seconds * 1e6);
  if (size < 999.95e-3) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (size < 99.995) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(size));
  return fmt::format("{}{} min {:02} s", sign_of(seconds < 0), format_count(whole / 60), whole % 60);
}

std::string format_share(double part, double whole) {
  if (!std::isfinite(part) || !std::isfinite(whole) || whole == 0.0) return "–";
  const double percent = 100.0 * part / whole;
  if (percent != 0.0 && std::fabs(percent) < 0.05) return "< 0.1 %";
  return format_number(percent, 1) + " %";
}

std::string not_measured(std::string_view reason) { return fmt::format("not measured: {}", reason); }

std::string format_tensor_type(std::string_view dtype, const std::vector<std::int64_t>& sizes) {
  return dtype.empty() ? std::string() : fmt::format("{}[{}]", dtype, fmt::join(sizes, ", "));
}

ByteUnit unit_for(Bytes largest) {
  const auto size = static_cast<double>(magnitude(largest));
  if (size < 10.0 * kKiB * kKiB) return {"KiB", kKiB, 1};
  if (size < 99'999.0 * kKiB * kKiB) return {"MiB", kKiB * kKiB, 1};
  if (size < 99'999.0 * kKiB * kKiB * kKiB) return {"GiB", kKiB * kKiB * kKiB, 2};
  return {"TiB", kKiB * kKiB * kKiB * kKiB, 2};
}

std::string format_in(ByteUnit unit, Bytes bytes) {
  const double value = static_cast<double>(bytes) / unit.bytes;
  const double smallest = std::pow(10.0, -unit.decimals);
  if (bytes != 0 && std::fabs(value) < smallest / 2) {
    return fmt::format("{}{:.{}f}", bytes < 0 ? ">-" : "<", smallest, unit.decimals);
  }
  return format_number(value, unit.decimals);
}

}  // namespace profile_train::reports
