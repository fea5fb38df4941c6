#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace profile_train::reports {

/// Text as a terminal shows it. Widths are columns: a combining mark takes none, a CJK character two.
/// All functions but printable() expect what printable() returns.

/// Valid UTF-8 without control characters: names come from traces of unknown origin and must not steer a terminal.
/// What cannot be shown becomes U+FFFD.
std::string printable(std::string_view text);

int display_width(std::string_view text);

std::string pad_right(std::string_view text, int width);
std::string pad_left(std::string_view text, int width);

/// Shortened to `width` columns with an ellipsis in the middle, where paths differ least: "transformer.h…attn.c_attn".
std::string elide_middle(std::string_view text, int width);

/// Lines of at most `width` columns, broken at spaces; a longer word is broken where it must be.
std::vector<std::string> wrap(std::string_view text, int width);

/// Parts joined by " · ", with a new line where the next part would not fit.
std::vector<std::string> join_and_wrap(const std::vector<std::string>& parts, int width);

/// A horizontal bar of `share` (0 to 1) of `width` columns, in eighths of a column. What is not zero shows.
std::string bar(double share, int width);

}  // namespace profile_train::reports
