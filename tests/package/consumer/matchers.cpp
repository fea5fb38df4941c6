// Memory budgets in the test code of another project: matchers TRACE
#include <gtest/gtest.h>

#include "testing/memory_matchers.h"

namespace {

using namespace profile_train::testing;

std::filesystem::path trace;

TEST(Matchers, JudgeTheTraceOfTheConsumer) {
  EXPECT_THAT(trace, PeaksBelow(MiB(1) + 1));
  EXPECT_THAT(trace, ::testing::Not(PeaksBelow(MiB(1))));
  EXPECT_THAT(trace, ClosesToTheByte());
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  if (argc != 2) return 2;
  trace = argv[1];
  return RUN_ALL_TESTS();
}
