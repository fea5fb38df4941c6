#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/budget/words.h"
#include "reports/diff/words.h"
#include "reports/format.h"
#include "reports/matrix/matrix.h"
#include "reports/table.h"
#include "reports/terminal/page.h"

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

/// A narrow terminal has room for what differs from row to row; the rest is in the page.
constexpr int kWide = 110;

std::vector<Column> columns_of(const Matrix& matrix, bool wide) {
  std::vector<Column> columns;
  for (const std::string& key : matrix.keys) columns.push_back({key.substr(key.rfind('.') + 1), Align::left});
  columns.push_back({"peak"});
  columns.push_back({"saved"});
  if (wide) columns.push_back({"reserved"});
  columns.push_back({"a step"});
  if (wide) columns.push_back({"formula"});
  columns.push_back({"residual"});
  if (wide) columns.push_back({"peak in", Align::left});
  return columns;
}

Table table_of(const Matrix& matrix, bool wide) {
  Table table(columns_of(matrix, wide));
  for (const MatrixRow& row : matrix.rows) {
    std::vector<Cell> cells(row.values.begin(), row.values.end());
    if (!row.failure.empty()) {
      cells.emplace_back(row.failure, Style::bad);
      table.row(std::move(cells));
      continue;
    }
    const MatrixRun& run = *row.run;
    cells.emplace_back(format_bytes(run.peak.requested_bytes), Style::strong);
    cells.push_back(amount(matrix.saved(row)));
    if (wide) cells.push_back(amount(run.reserved_bytes));
    cells.emplace_back(run.seconds_per_step ? format_seconds(*run.seconds_per_step) : "–", Style::quiet);
    if (wide) cells.push_back(amount(run.exact_bytes));
    cells.push_back(residual_cell(run));
    if (wide) cells.push_back(phase_cell(run));
    table.row(std::move(cells));
  }
  return table;
}

}  // namespace

std::string render_matrix(const Matrix& matrix, const TerminalOptions& options) {
  Page page(options.width, options.colour);
  page.section("MATRIX", fmt::format("{} on {} · {}", matrix.config, matrix.device, fmt::join(matrix.keys, " × ")));
  page.table(table_of(matrix, options.width >= kWide));
  page.blank();
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
