#include "reports/terminal/page.h"

#include <algorithm>

#include "reports/text.h"

namespace profile_train::reports {
namespace {

constexpr int kNarrowest = 60;

std::string blanks(int count) { return std::string(static_cast<std::size_t>(count), ' '); }

}  // namespace

Page::Page(int width, bool colour) : width_(std::max(width, kNarrowest)), paint_(colour) {}

void Page::section(std::string_view title, std::string_view aside) {
  blank();
  const std::string shown_title = printable(title);
  out_ += paint_(Style::title, shown_title);
  if (!aside.empty()) {
    const int room = width_ - display_width(shown_title) - 2;
    out_ += "  " + paint_(Style::quiet, elide_middle(printable(aside), room));
  }
  out_ += '\n';
}

void Page::table(const Table& table) { out_ += table.render(width_, kIndent, paint_); }

void Page::text(std::string_view text, Style style, int indent, int hanging) {
  int margin = indent;
  std::string rest = printable(text);
  // The first line has more room than those that hang below it, so it is wrapped apart from them.
  const std::vector<std::string> first = wrap(rest, width_ - indent);
  out_ += blanks(margin) + paint_(style, first.front()) + '\n';
  if (first.size() == 1) return;
  margin += hanging;
  rest.clear();
  for (std::size_t i = 1; i < first.size(); ++i) rest += (i > 1 ? " " : "") + first[i];
  for (const std::string& line : wrap(rest, width_ - margin)) out_ += blanks(margin) + paint_(style, line) + '\n';
}

void Page::facts(const std::vector<std::string>& parts, Style style, int indent) {
  if (parts.empty()) return;
  std::vector<std::string> shown;
  for (const std::string& part : parts) shown.push_back(printable(part));
  for (const std::string& line : join_and_wrap(shown, width_ - indent)) {
    out_ += blanks(indent) + paint_(style, line) + '\n';
  }
}

void Page::thick_rule() {
  std::string line;
  for (int i = 0; i < width_; ++i) line += "━";
  out_ += paint_(Style::title, line) + '\n';
}

void Page::blank() { out_ += '\n'; }

}  // namespace profile_train::reports
