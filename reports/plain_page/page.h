#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace profile_train::reports {

/// A cell of a table: text, how it stands, and a class of the style sheet for its colour.
struct PlainCell {
  std::string text;
  bool number = false;
  std::string_view css;  ///< "", "good", "bad", "quiet"
};

/// A self-contained HTML page of headings, sentences, tables and drawings: opens offline, light or dark as its reader's
/// system is, prints. Everything that is not called markup is escaped.
class PlainPage {
 public:
  explicit PlainPage(std::string_view title) : title_(title) {}

  void heading(std::string_view text);
  void text(std::string_view text);
  void warning(std::string_view text);
  /// `id` names the table, for links and for tests.
  void table(std::string_view id, const std::vector<std::string>& titles,
             const std::vector<std::vector<PlainCell>>& rows);
  /// Drawings made here, from escaped parts.
  void markup(std::string_view markup) { body_ += markup; }

  std::string take() const;

 private:
  std::string title_;
  std::string body_;
};

}  // namespace profile_train::reports
