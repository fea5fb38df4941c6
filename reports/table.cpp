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

/// One line of a cell, with its padding outside of the colour, so that trailing blanks can be cut.
std::string painted(std::string_view text, Style style, Align alignment, int width, const Painter& paint) {
  const std::string padding = spaces(width - display_width(text));
  return alignment == Align::left ? paint(style, text) + padding : padding + paint(style, text);
}

/// Lines of a cell that wraps. Those after the first hang, where they could be taken for rows of their own.
std::vector<std::string> wrapped(const std::string& text, int width, bool hang) {
  constexpr int kHang = 2;
  std::vector<std::string> lines = wrap(text, width);
  if (!hang || lines.size() == 1 || width <= 2 * kHang) return lines;
  lines = wrap(text, width - kHang);
  for (std::size_t i = 1; i < lines.size(); ++i) lines[i].insert(0, spaces(kHang));
  return lines;
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

std::vector<std::string> Table::lines_of(const std::vector<Cell>& cells, const std::vector<int>& widths, int room,
                                         const Painter& paint) const {
  std::vector<std::string> lines;
  int used = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int gap = i > 0 ? kGap : 0;
    const bool runs_on = i + 1 == cells.size() && cells.size() < columns_.size();
    const int width = runs_on ? room - used - gap : widths[i];
    const bool wraps = runs_on || columns_[i].fit == Fit::wrap;
    const std::vector<std::string> texts =
        wraps ? wrapped(cells[i].text, width, i == 0) : std::vector<std::string>{elide_middle(cells[i].text, width)};
    while (lines.size() < texts.size()) lines.push_back(spaces(used));
    for (std::size_t n = 0; n < lines.size(); ++n) {
      const std::string_view text = n < texts.size() ? std::string_view(texts[n]) : std::string_view();
      lines[n] += spaces(gap) + painted(text, cells[i].style, runs_on ? Align::left : columns_[i].align, width, paint);
    }
    used += gap + width;
  }
  return lines;
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
    for (const std::string& line : lines_of(cells, widths, room, paint)) put(line);
  }
  return out;
}

}  // namespace profile_train::reports
