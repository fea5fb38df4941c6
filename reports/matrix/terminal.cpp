#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "reports/budget/words.h"
#include "reports/diff/words.h"
#include "reports/format.h"
#include "reports/matrix/matrix.h"
#include "reports/table.h"
#include "reports/terminal/page.h"
#include "reports/text.h"

namespace profile_train::reports {
namespace {

Cell amount(const std::optional<Bytes>& bytes) { return bytes ? Cell(format_bytes(*bytes)) : Cell("–", Style::quiet); }

Cell residual_cell(const MatrixRun& run) {
  if (!run.residual_bytes) return {"–", Style::quiet};
  return {format_exact_bytes(*run.residual_bytes), *run.residual_bytes == 0 ? Style::good : Style::bad};
}

/// "backward", or with what was predicted in its place.
Cell phase_cell(const MatrixRun& run) {
  const std::string observed(to_string(run.observed_phase.value_or(run.peak.phase)));
  if (!run.predicted_phase || run.predicted_phase == run.observed_phase) return observed;
  return {fmt::format("{}, not {}", observed, to_string(*run.predicted_phase)), Style::bad};
}

/// What a run is told by beside its settings.
struct Measure {
  const char* title;
  Align align;
  int importance;  ///< where a terminal has no room for all, the largest go first
  Cell (*cell)(const Matrix& matrix, const MatrixRow& row);
};

constexpr Measure kMeasures[] = {
    {"peak", Align::right, 0,
     [](const Matrix&, const MatrixRow& row) {
       return Cell(format_bytes(row.run->peak.requested_bytes), Style::strong);
     }},
    {"saved", Align::right, 3, [](const Matrix& matrix, const MatrixRow& row) { return amount(matrix.saved(row)); }},
    {"reserved", Align::right, 4, [](const Matrix&, const MatrixRow& row) { return amount(row.run->reserved_bytes); }},
    {"a step", Align::right, 6,
     [](const Matrix&, const MatrixRow& row) {
       const auto& seconds = row.run->seconds_per_step;
       return Cell(seconds ? format_seconds(*seconds) : "–", Style::quiet);
     }},
    {"formula", Align::right, 5, [](const Matrix&, const MatrixRow& row) { return amount(row.run->exact_bytes); }},
    {"residual", Align::right, 1, [](const Matrix&, const MatrixRow& row) { return residual_cell(*row.run); }},
    {"corrected off", Align::right, 7,
     [](const Matrix&, const MatrixRow& row) {
       return Cell(error_of(row.run->corrected_bytes, *row.run), Style::quiet);
     }},
    {"stated off", Align::right, 8,
     [](const Matrix&, const MatrixRow& row) { return Cell(error_of(row.run->stated_bytes, *row.run), Style::quiet); }},
    {"peak in", Align::left, 2, [](const Matrix&, const MatrixRow& row) { return phase_cell(*row.run); }},
};
constexpr std::size_t kMeasureCount = std::size(kMeasures);
using Shown = std::array<bool, kMeasureCount>;

/// The last part of a key: "attention".
std::string title_of(const std::string& key) { return key.substr(key.rfind('.') + 1); }

int width_of_settings(const Matrix& matrix) {
  int width = 0;
  for (std::size_t i = 0; i < matrix.keys.size(); ++i) {
    int widest = display_width(title_of(matrix.keys[i]));
    for (const MatrixRow& row : matrix.rows) widest = std::max(widest, display_width(row.values[i]));
    width += widest;
  }
  return width;
}

int width_of(const Measure& measure, const Matrix& matrix) {
  int widest = display_width(measure.title);
  for (const MatrixRow& row : matrix.rows)
    if (row.complete()) widest = std::max(widest, display_width(measure.cell(matrix, row).text));
  return widest;
}

/// What a terminal has room for, the most important first; the rest is in the page.
Shown shown_in(const Matrix& matrix, int room) {
  constexpr int kGap = 2;
  Shown shown{};
  room -= width_of_settings(matrix) + kGap * (static_cast<int>(matrix.keys.size()) - 1);
  for (int importance = 0; importance < static_cast<int>(kMeasureCount); ++importance)
    for (std::size_t i = 0; i < kMeasureCount; ++i) {
      if (kMeasures[i].importance != importance) continue;
      room -= kGap + width_of(kMeasures[i], matrix);
      if (room < 0 && importance > 0) return shown;
      shown[i] = true;
    }
  return shown;
}

Table table_of(const Matrix& matrix, const Shown& shown) {
  std::vector<Column> columns;
  for (const std::string& key : matrix.keys) columns.push_back({title_of(key), Align::left});
  for (std::size_t i = 0; i < kMeasureCount; ++i)
    if (shown[i]) columns.push_back({kMeasures[i].title, kMeasures[i].align});
  Table table(std::move(columns));
  for (const MatrixRow& row : matrix.rows) {
    std::vector<Cell> cells(row.values.begin(), row.values.end());
    if (!row.failure.empty()) cells.emplace_back(row.failure, Style::bad);
    for (std::size_t i = 0; i < kMeasureCount && row.failure.empty(); ++i)
      if (shown[i]) cells.push_back(kMeasures[i].cell(matrix, row));
    table.row(std::move(cells));
  }
  return table;
}

/// "reserved, formula": what there was no room for.
std::string left_out(const Shown& shown) {
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < kMeasureCount; ++i)
    if (!shown[i]) titles.emplace_back(kMeasures[i].title);
  return fmt::format("{}", fmt::join(titles, ", "));
}

}  // namespace

std::string render_matrix(const Matrix& matrix, const TerminalOptions& options) {
  std::vector<std::string> titles;
  for (const std::string& key : matrix.keys) titles.push_back(title_of(key));
  Page page(options.width, options.colour);
  page.section("MATRIX", fmt::format("{} on {} · {}", matrix.config, matrix.device, fmt::join(titles, " × ")));
  const Shown shown = shown_in(matrix, options.width - Page::kIndent);
  page.table(table_of(matrix, shown));
  page.blank();
  if (const std::string without = left_out(shown); !without.empty())
    page.text(fmt::format("left out for want of room: {}", without), Style::quiet);
  for (const MatrixRow& row : matrix.rows)
    if (row.run)
      for (const std::string& reason : row.run->not_sound)
        if (row.failure.empty()) page.text(fmt::format("{} may be wrong: {}.", name_of(row), reason), Style::bad);
  const auto runs = static_cast<std::int64_t>(matrix.rows.size()) - matrix.failures();
  page.text(fmt::format("{} of {} ran to their end", runs, matrix.rows.size()), Style::quiet);
  if (!options.files.empty()) page.text(fmt::format("written: {}", fmt::join(options.files, ", ")), Style::quiet);
  return page.take();
}

}  // namespace profile_train::reports
