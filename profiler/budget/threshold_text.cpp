#include "profiler/budget/threshold_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "profiler/byte_size.h"

namespace profile_train {
namespace {

constexpr std::string_view kBaseline = "baseline";
constexpr double kAmountOfWhole = 10'000.0;  // amounts of a share are hundredths of a percent

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<Threshold> of_baseline(std::string_view rest) {
  Threshold threshold{.of_baseline = true, .amount = 0, .tolerance = std::nullopt};
  rest = trimmed(rest);
  if (rest.empty()) return threshold;
  if (rest.front() != '+') return std::nullopt;
  threshold.tolerance = parse_percent(rest.substr(1));
  if (!threshold.tolerance) return std::nullopt;
  return threshold;
}

}  // namespace

std::optional<double> parse_percent(std::string_view text) {
  constexpr double kMost = 1000.0;
  text = trimmed(text);
  if (!text.ends_with('%')) return std::nullopt;
  text = trimmed(text.substr(0, text.size() - 1));
  double percent = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !(percent >= 0.0 && percent <= kMost))
    return std::nullopt;
  return percent / 100.0;
}

std::optional<Threshold> parse_threshold(std::string_view text, Measure measure) {
  text = trimmed(text);
  if (text.starts_with(kBaseline)) return of_baseline(text.substr(kBaseline.size()));
  Threshold threshold;
  if (is_share(measure)) {
    const auto share = parse_percent(text);
    if (!share) return std::nullopt;
    threshold.amount = std::llround(*share * kAmountOfWhole);
    return threshold;
  }
  const auto bytes = parse_byte_size(text, ZeroBytes::allow);
  if (!bytes) return std::nullopt;
  threshold.amount = static_cast<Amount>(*bytes);
  return threshold;
}

std::string expected_threshold(Measure measure) {
  return is_share(measure) ? "a percentage such as 10 %, baseline, or baseline + 5 %"
                           : "a size such as 24 GiB, baseline, or baseline + 5 %";
}

std::string to_percent(double share) {
  std::string text = fmt::format("{:.4f}", share * 100.0);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " %";
}

std::string to_text(const Threshold& threshold, Measure measure) {
  if (threshold.of_baseline)
    return threshold.tolerance ? fmt::format("baseline + {}", to_percent(*threshold.tolerance))
                               : std::string(kBaseline);
  if (is_share(measure)) return to_percent(static_cast<double>(threshold.amount) / kAmountOfWhole);
  return fmt::format("{} B", threshold.amount);
}

}  // namespace profile_train
