#include "simulator/faults.h"

#include <algorithm>
#include <charconv>

#include "simulator/simulation.h"

namespace profile_train::simulator {

int injected_fault(std::string_view call) {
  std::string_view faults = simulation().settings.faults;
  while (!faults.empty()) {
    const std::string_view fault = faults.substr(0, faults.find(','));
    faults.remove_prefix(std::min(fault.size() + 1, faults.size()));
    const auto equals = fault.find('=');
    if (equals == std::string_view::npos || fault.substr(0, equals) != call) continue;
    int result = 0;
    std::from_chars(fault.data() + equals + 1, fault.data() + fault.size(), result);
    return result;
  }
  return 0;
}

}  // namespace profile_train::simulator
