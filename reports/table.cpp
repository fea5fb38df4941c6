#include "reports/table.h"

#include <algorithm>
#include <numeric>

#include "reports/text.h"

namespace profile_train::reports {
namespace {

constexpr int kGap = 2;

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

std::string align(const std::string& text, Align alignment, int width) {
  const std::string fitted = elide_middle(text, width);
  return alignment == Align::left ? pad_right(fitted, width) : pad_left(fitted, width);
}

/// Painted text with its padding outside of the colour, so that trailing blanks can be cut.
std::string painted(const Cell& cell, Align alignment, int width, const Painter& paint) {
  const std::string fitted = elide_middle(cell.text, width);
  const std::string padding = spaces(width - display_width(fitted));
  const std::string text = paint(cell.style, fitted);
  return alignment == Align::left ? text + padding : padding + text;
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void Table::row(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = printable(cell.text);
  if (cells.size() > columns_.size()) cells.erase(cells.begin() + static_cast<long>(columns_.size()), cells.end());
  rows_.push_back(std::move(cells));
}

void Table::rule() { rows_.emplace_back(); }

std::vector<int> Table::layout(int width) const {
  std::vector<int> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& cells : rows_) {
    const std::size_t counted =
        cells.size() == columns_.size() ? cells.size() : std::max<std::size_t>(cells.size(), 1) - 1;
    for (std::size_t i = 0; i < counted; ++i) widths[i] = std::max(widths[i], display_width(cells[i].text));
  }
  const auto excess = [&] {
    const int gaps = kGap * (static_cast<int>(columns_.size()) - 1);
    return std::accumulate(widths.begin(), widths.end(), gaps) - width;
  };
  const auto shrink_widest = [&](auto smallest) {
    while (excess() > 0) {
      std::size_t widest = columns_.size();
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (widths[i] > smallest(i) && (widest == columns_.size() || widths[i] > widths[widest])) widest = i;
      }
      if (widest == columns_.size()) return;
      --widths[widest];
    }
  };
  shrink_widest([&](std::size_t i) { return columns_[i].shrinks_to > 0 ? columns_[i].shrinks_to : widths[i]; });
  shrink_widest([](std::size_t) { return 1; });
  return widths;
}

std::string Table::render(int width, int indent, const Painter& paint) const {
  const int room = std::max(width - indent, 1);
  const std::vector<int> widths = layout(room);
  const int total =
      std::min(room, std::accumulate(widths.begin(), widths.end(), kGap * (static_cast<int>(columns_.size()) - 1)));
  std::string out;
  const auto put = [&](const std::string& line) { out += without_trailing_blanks(spaces(indent) + line) + '\n'; };

  if (std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); })) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      line += spaces(i > 0 ? kGap : 0) + align(columns_[i].title, columns_[i].align, widths[i]);
    }
    put(paint(Style::quiet, without_trailing_blanks(std::move(line))));
  }
  for (const auto& cells : rows_) {
    if (cells.empty()) {
      std::string line;
      for (int i = 0; i < total; ++i) line += "─";
      put(paint(Style::quiet, line));
      continue;
    }
    std::string line;
    int used = 0;
    const bool runs_on = cells.size() < columns_.size();
    for (std::size_t i = 0; i < cells.size() - (runs_on ? 1 : 0); ++i) {
      line += spaces(i > 0 ? kGap : 0) + painted(cells[i], columns_[i].align, widths[i], paint);
      used += widths[i] + (i > 0 ? kGap : 0);
    }
    if (runs_on) {
      const int gap = cells.size() > 1 ? kGap : 0;
      for (const std::string& text : wrap(cells.back().text, room - used - gap)) {
        put(line + spaces(gap) + paint(cells.back().style, text));
        line = spaces(used);
      }
    } else {
      put(line);
    }
  }
  return out;
}

}  // namespace profile_train::reports
