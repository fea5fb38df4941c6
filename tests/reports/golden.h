#pragma once

#include <string>
#include <string_view>

namespace profile_train::reports::testing {

/// Expects `actual` to be the content of tests/golden/`name`. With UPDATE_GOLDENS=1 in the environment, as
/// scripts/update-goldens sets it, writes the file instead: read the difference before committing it.
void expect_golden(std::string_view name, const std::string& actual);

}  // namespace profile_train::reports::testing
