#pragma once

#include <string_view>

namespace profile_train::simulator {

/// The result with which a call is to fail although nothing is wrong, for tests of programs that must cope: what
/// Settings::faults says of it, as in "cuptiSubscribe=39,nvmlInit_v2=9". 0: it is to work.
int injected_fault(std::string_view call);

}  // namespace profile_train::simulator
