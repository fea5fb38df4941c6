#include <csignal>

#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

class HostAccessDeathTest : public EightCards {
 protected:
  HostAccessDeathTest() {
#ifdef __SANITIZE_THREAD__
    skip_ = true;  // it looks up its shadow of the address before the access, and has none
#endif
  }
  bool skip_ = false;
};

void read_byte(const char* pointer) { static_cast<void>(*static_cast<const volatile char*>(pointer)); }
void write_byte(char* pointer) { *static_cast<volatile char*>(pointer) = 1; }

TEST_F(HostAccessDeathTest, EndsTheProgramAndNamesTheAllocation) {
  if (skip_) GTEST_SKIP();
  ASSERT_EQ(cudaSetDevice(2), cudaSuccess);
  auto* const device = static_cast<char*>(allocate(5000));
  EXPECT_DEATH(read_byte(device + 4096),
               "the host touched device memory at 0x[0-9a-f]+: byte 4096 of allocation [0-9]+, 5000 B of cudaMalloc on "
               "device 2");
  EXPECT_DEATH(write_byte(device), "byte 0 of allocation [0-9]+, 5000 B of cudaMalloc on device 2");
  EXPECT_DEATH(write_byte(device + 5000), "nothing is allocated in: freed, or past the end of an allocation");
  EXPECT_EQ(cudaFree(device), cudaSuccess);
  EXPECT_DEATH(read_byte(device), "nothing is allocated in: freed");
}

TEST_F(HostAccessDeathTest, OtherFaultsAreTheProgramsOwn) {
  if (skip_) GTEST_SKIP();
  ASSERT_GT(free_bytes(), 0U);
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL);
        simulation();
        std::raise(SIGSEGV);
      },
      ::testing::KilledBySignal(SIGSEGV), "");
}

}  // namespace
}  // namespace profile_train::simulator
