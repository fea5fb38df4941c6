#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/style.h"

namespace profile_train::reports {

enum class Align { left, right };

/// What happens to a text that its column has no room for.
enum class Fit { elide, wrap };

struct Column {
  std::string title;
  Align align = Align::right;
  int shrinks_to = 0;  ///< width it may be reduced to when the table is too wide; 0: only as a last resort
  Fit fit = Fit::elide;
};

/// Made from plain text without a word, so that a row reads as a list of texts.
struct Cell {
  Cell(const char* t, Style s = Style::plain) : text(t), style(s) {}             // NOLINT(google-explicit-constructor)
  Cell(std::string t, Style s = Style::plain) : text(std::move(t)), style(s) {}  // NOLINT(google-explicit-constructor)
  std::string text;
  Style style;
};

/// Rows under column titles, laid out to fit a number of terminal columns.
///
/// A row with fewer cells than columns lets its last cell run to the right edge, over as many lines as it needs:
/// that is how "not measured: …" stands in a table of numbers. Titles that are all empty are not printed.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void row(std::vector<Cell> cells);
  void rule();  ///< a thin line, above sums
  bool empty() const { return rows_.empty(); }

  /// Each line ends with a newline, begins with `indent` spaces and is at most `width` columns wide.
  std::string render(int width, int indent, const Painter& paint) const;

 private:
  std::vector<int> layout(int width) const;
  std::vector<std::string> lines_of(const std::vector<Cell>& cells, const std::vector<int>& widths, int room,
                                    const Painter& paint) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;  ///< an empty row is a rule
};

}  // namespace profile_train::reports
