#include "simulator/calibration.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

#include "simulator/message.h"

namespace profile_train::simulator {
namespace {

// Tab-separated, not YAML: this library is loaded into other people's programs, where a parser of ours could meet
// theirs, and shapes hold spaces but never tabs.
constexpr std::size_t kColumns = 7;
constexpr char kSeparator = '\t';
constexpr int kBadInput = 2;

std::string_view cut(std::string_view& text, char separator) {
  const std::string_view piece = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(piece.size() + 1, text.size()));
  return piece;
}

std::string joined(const CalibrationKey& key) {
  std::string text;
  for (const std::string_view column : {key.card, key.library, key.version, key.operation, key.dtype, key.shape}) {
    text += column;
    text += kSeparator;
  }
  return text;
}

}  // namespace

std::optional<Calibration> Calibration::parse(std::string_view text, std::string_view name, std::string& problem) {
  Calibration calibration;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = cut(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;

    const auto columns = static_cast<std::size_t>(std::ranges::count(line, kSeparator)) + 1;
    if (columns != kColumns) {
      problem = fmt::format(
          "{}:{}: a line has {} columns, and needs {}: card, library, version, operation, dtype, shape, bytes", name,
          number, columns, kColumns);
      return std::nullopt;
    }
    std::array<std::string_view, kColumns> column;
    std::ranges::generate(column, [&] { return cut(line, kSeparator); });
    const std::string_view digits = column.back();
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      problem = fmt::format("{}:{}: '{}' is not a number of bytes", name, number, digits);
      return std::nullopt;
    }
    const CalibrationKey key{column[0], column[1], column[2], column[3], column[4], column[5]};
    if (!calibration.bytes_.emplace(joined(key), bytes).second) {
      problem = fmt::format("{}:{}: a second entry for {} on {}; remove one", name, number, key.operation, key.card);
      return std::nullopt;
    }
  }
  return calibration;
}

std::optional<std::uint64_t> Calibration::lookup(const CalibrationKey& key) const {
  if (bytes_.empty()) return std::nullopt;
  const auto found = bytes_.find(joined(key));
  return found == bytes_.end() ? std::nullopt : std::optional(found->second);
}

Calibration calibration_from_file(const std::string& path) {
  if (path.empty()) return {};
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::string problem = path + ": cannot be read; give another calibration file, or none";
  std::optional<Calibration> calibration;
  if (file) calibration = Calibration::parse(text, path, problem);
  if (!calibration) {
    say("{}.", problem);
    _exit(kBadInput);
  }
  return *std::move(calibration);
}

}  // namespace profile_train::simulator
