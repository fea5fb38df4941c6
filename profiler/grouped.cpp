#include "profiler/grouped.h"

#include <algorithm>

namespace profile_train {

std::string grouped(std::string_view number) {
  std::string result;
  if (number.starts_with('-')) {
    result += '-';
    number.remove_prefix(1);
  }
  const std::size_t whole = std::min(number.find('.'), number.size());
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) result += ',';
    result += number[i];
  }
  return result;
}

std::string grouped(std::int64_t number) { return grouped(std::to_string(number)); }

}  // namespace profile_train
