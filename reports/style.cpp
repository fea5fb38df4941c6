#include "reports/style.h"

#include <fmt/format.h>

#include <array>

namespace profile_train::reports {
namespace {

// From the 256-colour palette, readable on dark and light backgrounds; one colour per category, in their order.
constexpr std::array<int, kCategories> kCategoryColours = {33, 75, 172, 98, 35, 162, 37, 100, 245, 160};

std::string code_of(Style style) {
  switch (style) {
    case Style::plain: return "";
    case Style::title: return "1;36";
    case Style::strong: return "1";
    case Style::quiet: return "2";
    case Style::good: return "32";
    case Style::bad: return "1;31";
    case Style::warning: return "33";
    default: break;
  }
  const auto category = static_cast<std::size_t>(style) - static_cast<std::size_t>(Style::first_category);
  return category < kCategories ? fmt::format("38;5;{}", kCategoryColours[category]) : "";
}

}  // namespace

Style style_of(Category category) {
  return static_cast<Style>(static_cast<int>(Style::first_category) + static_cast<int>(category));
}

std::string Painter::operator()(Style style, std::string_view text) const {
  const std::string code = colour_ && !text.empty() ? code_of(style) : "";
  return code.empty() ? std::string(text) : fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace profile_train::reports
