#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/budget/words.h"
#include "reports/format.h"
#include "reports/matrix/matrix.h"
#include "reports/plain_page/page.h"
#include "reports/xml.h"

namespace profile_train::reports {
namespace {

constexpr double kWidth = 220.0;
constexpr double kHeight = 26.0;

/// The peak as a bar of its categories, on the scale of the highest row.
std::string bar_of(const BytesByCategory& bytes, Bytes highest) {
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"peak by category\"><rect class=\"frame\" width=\"{0}\" "
      "height=\"{1}\"/>",
      kWidth, kHeight);
  double x = 0.0;
  for (std::size_t i = 0; i < kCategories; ++i) {
    if (bytes[i] <= 0) continue;
    const double width = kWidth * static_cast<double>(bytes[i]) / static_cast<double>(std::max<Bytes>(highest, 1));
    svg +=
        fmt::format("<rect class=\"c-{}\" x=\"{:.2f}\" width=\"{:.2f}\" height=\"{}\"><title>{}: {}</title></rect>",
                    key_of(category_at(i)), x, width, kHeight, label_of(category_at(i)), format_exact_bytes(bytes[i]));
    x += width;
  }
  return svg + "</svg>";
}

std::string saved_text(const std::optional<Bytes>& saved) {
  if (!saved || *saved == 0) return "";
  return *saved > 0 ? fmt::format("{} saved", format_bytes(*saved)) : fmt::format("{} more", format_bytes(-*saved));
}

std::string model_text(const MatrixRun& run) {
  if (!run.exact_bytes || !run.residual_bytes)
    return fmt::format("no formula: {}", run.why_no_model.empty() ? "not predicted" : run.why_no_model);
  return fmt::format("formula {}, residual {}; corrected off by {}, stated by {}", format_bytes(*run.exact_bytes),
                     format_exact_bytes(*run.residual_bytes), error_of(run.corrected_bytes, run),
                     error_of(run.stated_bytes, run));
}

std::string figure_of(const Matrix& matrix, const MatrixRow& row, Bytes highest) {
  std::string html = "<figure>";
  std::vector<std::string> lines;
  if (row.run) {
    const MatrixRun& run = *row.run;
    html += bar_of(run.peak.by_category, highest);
    lines.push_back(
        fmt::format("{}, {}", format_bytes(run.peak.requested_bytes), format_exact_bytes(run.peak.requested_bytes)));
    if (std::string saved = saved_text(matrix.saved(row)); !saved.empty()) lines.push_back(std::move(saved));
    if (run.seconds_per_step) lines.push_back(fmt::format("{} a step", format_seconds(*run.seconds_per_step)));
    if (row.failure.empty()) lines.push_back(model_text(run));
  }
  const std::string name = xml_text(name_of(row));
  html += row.run && !row.run->report.empty()
              ? fmt::format("<figcaption><a href=\"{}\"><b>{}</b></a>", xml_text(row.run->report), name)
              : fmt::format("<figcaption><b>{}</b>", name);
  for (const std::string& line : lines) html += fmt::format("<br>{}", xml_text(line));
  if (!row.failure.empty()) html += fmt::format("<br><span class=\"bad\">{}</span>", xml_text(row.failure));
  return html + "</figcaption></figure>\n";
}

PlainCell number(std::string text, std::string_view css = "") { return {std::move(text), true, css}; }

PlainCell exact(const std::optional<Bytes>& bytes) {
  return bytes ? number(format_exact_bytes(*bytes)) : number("–", "quiet");
}

std::vector<PlainCell> table_row(const Matrix& matrix, const MatrixRow& row) {
  std::vector<PlainCell> cells;
  for (const std::string& value : row.values) cells.push_back({value});
  if (!row.complete()) {
    cells.push_back({row.failure, false, "bad"});
    return cells;
  }
  const MatrixRun& run = *row.run;
  cells.push_back(number(format_exact_bytes(run.peak.requested_bytes)));
  cells.push_back(exact(matrix.saved(row)));
  cells.push_back(exact(run.reserved_bytes));
  cells.push_back(number(run.seconds_per_step ? format_seconds(*run.seconds_per_step) : "–", "quiet"));
  cells.push_back(exact(run.exact_bytes));
  cells.push_back(run.residual_bytes
                      ? number(format_exact_bytes(*run.residual_bytes), *run.residual_bytes == 0 ? "good" : "bad")
                      : number("–", "quiet"));
  cells.push_back(number(error_of(run.corrected_bytes, run), "quiet"));
  cells.push_back(number(error_of(run.stated_bytes, run), "quiet"));
  cells.push_back({std::string(to_string(run.observed_phase.value_or(run.peak.phase)))});
  return cells;
}

std::string legend(const Matrix& matrix) {
  BytesByCategory any{};
  for (const MatrixRow& row : matrix.rows)
    if (row.run)
      for (std::size_t i = 0; i < kCategories; ++i) any[i] += row.run->peak.by_category[i];
  std::string html = "<p class=\"legend\">";
  for (std::size_t i = 0; i < kCategories; ++i)
    if (any[i] > 0)
      html += fmt::format("<span class=\"swatch c-{}\"></span>{} ", key_of(category_at(i)), label_of(category_at(i)));
  return html + "</p>\n";
}

}  // namespace

std::string matrix_html(const Matrix& matrix) {
  PlainPage page(fmt::format("{} on {}: {}", matrix.config, matrix.device, fmt::join(matrix.keys, " × ")));
  Bytes highest = 0;
  for (const MatrixRow& row : matrix.rows)
    if (row.run) highest = std::max(highest, row.run->peak.requested_bytes);
  page.text(fmt::format("Peaks by category, all bars on one scale: {} is the full width.", format_bytes(highest)));
  page.markup(legend(matrix));
  page.markup("<div class=\"multiples\">\n");
  for (const MatrixRow& row : matrix.rows) page.markup(figure_of(matrix, row, highest));
  page.markup("</div>\n");

  page.heading("The same as a table");
  std::vector<std::string> titles = matrix.keys;
  for (const char* title :
       {"peak", "saved", "reserved", "a step", "formula", "residual", "corrected off by", "stated off by", "peak in"})
    titles.emplace_back(title);
  std::vector<std::vector<PlainCell>> rows;
  for (const MatrixRow& row : matrix.rows) rows.push_back(table_row(matrix, row));
  page.table("matrix", titles, rows);
  return page.take();
}

}  // namespace profile_train::reports
