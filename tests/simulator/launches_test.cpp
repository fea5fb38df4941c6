#include "simulator/launches.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace profile_train::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// What the library does instead is to end the program.
std::vector<std::string>& sentences() {
  static std::vector<std::string> list;
  return list;
}
void remember(const char* sentence) { sentences().emplace_back(sentence); }

class LaunchesTest : public ::testing::Test {
 protected:
  LaunchesTest() { sentences().clear(); }
};

TEST_F(LaunchesTest, AreCountedWithoutALimit) {
  Launches launches(0, 0.0, remember);
  for (int i = 0; i < 1000; ++i) launches.count();
  EXPECT_EQ(launches.total(), 1000U);
  EXPECT_THAT(sentences(), IsEmpty());
}

TEST_F(LaunchesTest, StopOnceAtTheFirstOverTheLimit) {
  Launches launches(3, 0.0, remember);
  for (int i = 0; i < 3; ++i) launches.count();
  EXPECT_THAT(sentences(), IsEmpty()) << "three are allowed";
  launches.count();
  launches.count();
  EXPECT_THAT(sentences(), ElementsAre("stopped after 3 launches, the limit that was set"));
}

TEST_F(LaunchesTest, StopAtTheFirstLookAtTheClockAfterTheTime) {
  Launches launches(0, 0.001, remember);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (int i = 0; i < 255; ++i) launches.count();
  EXPECT_THAT(sentences(), IsEmpty()) << "the clock is looked at each 256 launches";
  launches.count();
  EXPECT_THAT(sentences(), ElementsAre("stopped after 0.001 s and 256 launches, the limit that was set"));
}

TEST_F(LaunchesTest, StopOnceAlthoughThreadsGoOverTheLimitTogether) {
  Launches launches(1000, 0.0, remember);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&launches] {
      for (int n = 0; n < 1000; ++n) launches.count();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(launches.total(), 4000U);
  EXPECT_THAT(sentences(), ElementsAre(StartsWith("stopped after 1000 launches")));
}

}  // namespace
}  // namespace profile_train::simulator
