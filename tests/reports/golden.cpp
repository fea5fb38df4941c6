#include "tests/reports/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace profile_train::reports::testing {

void expect_golden(std::string_view name, const std::string& actual) {
  const std::filesystem::path path = std::filesystem::path(GOLDEN_FOLDER) / name;
  if (const char* update = std::getenv("UPDATE_GOLDENS"); update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " cannot be read; scripts/update-goldens makes it";
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str()) << "differs from " << path << "; if that is meant, run scripts/update-goldens";
}

}  // namespace profile_train::reports::testing
