#include "profiler/budget/module_pattern.h"

namespace profile_train {
namespace {

bool matches_part(std::string_view pattern, std::string_view part) {
  // Where the last star was, and how far it reaches: enough to go back, since a later star makes an earlier one final.
  std::size_t star = std::string_view::npos;
  std::size_t reach = 0;
  std::size_t p = 0;
  for (std::size_t i = 0; i < part.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      reach = i;
    } else if (p < pattern.size() && pattern[p] == part[i]) {
      ++p;
      ++i;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      i = ++reach;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view take_part(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view part = path.substr(0, dot);
  path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  return part;
}

}  // namespace

bool matches_module(std::string_view pattern, std::string_view module) {
  while (!pattern.empty()) {
    if (module.empty()) return false;
    if (!matches_part(take_part(pattern), take_part(module))) return false;
  }
  return true;
}

}  // namespace profile_train
