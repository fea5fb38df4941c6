#include "reports/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace profile_train::reports {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< bytes; 0 if there is no valid UTF-8 here
};

CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kShortest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kShortest[length] || value > 0x10FFFF || surrogate) return {};
  return {value, length};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool in_any(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return r.first <= c && c <= r.last; });
}

// The scripts that names can plausibly be written in; after Unicode's East Asian Width and general category Mn.
constexpr std::array<Range, 9> kZeroWidth = {{{0x0300, 0x036F},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05BD},
                                              {0x064B, 0x065F},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F},
                                              {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 10> kDoubleWidth = {{{0x1100, 0x115F},
                                                 {0x2E80, 0x303E},
                                                 {0x3041, 0xA4CF},
                                                 {0xAC00, 0xD7A3},
                                                 {0xF900, 0xFAFF},
                                                 {0xFE30, 0xFE6F},
                                                 {0xFF00, 0xFF60},
                                                 {0xFFE0, 0xFFE6},
                                                 {0x1F300, 0x1FAFF},
                                                 {0x20000, 0x3FFFD}}};
// C0, DEL, C1; separators that terminals treat as lines; zero-width and direction controls.
constexpr std::array<Range, 6> kNotShown = {
    {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}}};

int width_of(char32_t c) { return in_any(kZeroWidth, c) ? 0 : in_any(kDoubleWidth, c) ? 2 : 1; }

/// The longest beginning of `text` that fits `width` columns, with the combining marks that belong to it.
std::string_view head_of(std::string_view text, int width) {
  std::size_t end = 0;
  while (end < text.size()) {
    const CodePoint c = decode(text.substr(end));
    width -= width_of(c.value);
    if (width < 0) break;
    end += std::max<std::size_t>(c.length, 1);
  }
  return text.substr(0, end);
}

std::string_view tail_of(std::string_view text, int width) {
  int rest = display_width(text);
  std::size_t begin = 0;
  while (begin < text.size()) {
    const CodePoint c = decode(text.substr(begin));
    // A tail must not begin with a mark whose letter was cut off.
    if (rest <= width && width_of(c.value) > 0) break;
    rest -= width_of(c.value);
    begin += std::max<std::size_t>(c.length, 1);
  }
  return text.substr(begin);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decode(text);
    if (c.length == 0 || in_any(kNotShown, c.value)) {
      shown += "\uFFFD";
    } else {
      shown += text.substr(0, c.length);
    }
    text.remove_prefix(std::max<std::size_t>(c.length, 1));
  }
  return shown;
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    width += width_of(c.value);
    text.remove_prefix(std::max<std::size_t>(c.length, 1));
  }
  return width;
}

std::string pad_right(std::string_view text, int width) {
  return std::string(text) + std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
}

std::string pad_left(std::string_view text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ') + std::string(text);
}

std::string elide_middle(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  if (width <= 0) return {};
  // The end of a path says more than its beginning: it gets the odd column.
  const int head = (width - 1) / 2;
  return std::string(head_of(text, head)) + "…" + std::string(tail_of(text, width - 1 - head));
}

std::vector<std::string> wrap(std::string_view text, int width) {
  width = std::max(width, 2);  // one character of double width
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    while (line.empty() && display_width(word) > width) {
      const std::string_view head = head_of(word, width);
      lines.emplace_back(head);
      word.remove_prefix(head.size());
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> join_and_wrap(const std::vector<std::string>& parts, int width) {
  constexpr std::string_view kSeparator = " · ";
  std::vector<std::string> lines(1);
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (lines.back().empty()) {
      lines.back() = elide_middle(part, width);
    } else if (display_width(lines.back()) + 3 + display_width(part) <= width) {
      lines.back().append(kSeparator).append(part);
    } else {
      lines.push_back(elide_middle(part, width));
    }
  }
  return lines;
}

std::string bar(double share, int width) {
  static constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(share > 0.0)) return {};
  const auto eighths = std::max(1L, std::lround(std::min(share, 1.0) * 8.0 * width));
  std::string drawn;
  for (long i = 0; i < eighths / 8; ++i) drawn += "█";
  return drawn.append(kEighths[static_cast<std::size_t>(eighths % 8)]);
}

}  // namespace profile_train::reports
