#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/style.h"
#include "reports/table.h"

namespace profile_train::reports {

/// A growing page of terminal output: section titles, tables and sentences, no line wider than the page.
class Page {
 public:
  Page(int width, bool colour);

  /// A blank line and a title, with something quieter beside it.
  void section(std::string_view title, std::string_view aside = {});
  void table(const Table& table);
  /// A sentence, wrapped; continuation lines are indented by `hanging` more columns.
  void text(std::string_view text, Style style = Style::plain, int indent = kIndent, int hanging = 0);
  /// Short facts joined by " · ".
  void facts(const std::vector<std::string>& parts, Style style = Style::plain, int indent = kIndent);
  void thick_rule();
  void blank();

  std::string take() { return std::move(out_); }

  static constexpr int kIndent = 2;

 private:
  int width_;
  Painter paint_;
  std::string out_;
};

}  // namespace profile_train::reports
