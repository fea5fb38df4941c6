#pragma once

#include <string>
#include <string_view>

#include "profiler/category.h"

namespace profile_train::reports {

/// How a piece of terminal output is meant; Painter decides how that looks.
enum class Style {
  plain,
  title,
  strong,
  quiet,           ///< units, column titles, things for a second look
  good,            ///< a residual of 0 B
  bad,             ///< a residual that is not 0, a run that failed
  warning,         ///< what makes a figure less than it seems
  first_category,  ///< and nine more: one colour per category, see style_of()
};

Style style_of(Category category);

/// Wraps text in the colours of a terminal, or leaves it alone.
class Painter {
 public:
  explicit Painter(bool colour) : colour_(colour) {}
  std::string operator()(Style style, std::string_view text) const;

 private:
  bool colour_;
};

}  // namespace profile_train::reports
