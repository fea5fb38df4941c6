#include <nccl.h>

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr int kRanks = 8;

/// Rank 3 of eight, with device memory of 1 MiB.
class Nccl : public EightCards {
 protected:
  void SetUp() override {
    ncclUniqueId id{};
    ASSERT_EQ(ncclGetUniqueId(&id), ncclSuccess);
    ASSERT_EQ(ncclCommInitRank(&communicator, kRanks, id, 3), ncclSuccess);
    memory = static_cast<char*>(allocate(kMiB));
  }
  void TearDown() override {
    EXPECT_EQ(ncclCommDestroy(communicator), ncclSuccess);
    EXPECT_EQ(cudaFree(memory), cudaSuccess);
    EightCards::TearDown();
  }

  template <class Number>
  static void write(void* device, const std::vector<Number>& numbers) {
    ASSERT_EQ(cudaMemcpy(device, numbers.data(), numbers.size() * sizeof(Number), cudaMemcpyHostToDevice), cudaSuccess);
  }
  /// Empty if not all of them are known.
  template <class Number>
  static std::vector<Number> read(const void* device, std::size_t count) {
    std::vector<Number> numbers(count);
    const bool known =
        simulation().contents.read(reinterpret_cast<std::uintptr_t>(device), numbers.data(), count * sizeof(Number));
    return known ? numbers : std::vector<Number>();
  }

  ncclComm_t communicator = nullptr;
  char* memory = nullptr;
};

// ---- communicators

TEST_F(Nccl, IsTheVersionOfTheHeader) {
  int version = 0;
  EXPECT_EQ(ncclGetVersion(&version), ncclSuccess);
  EXPECT_EQ(version, NCCL_VERSION_CODE);
}

TEST_F(Nccl, ACommunicatorKnowsItsPlace) {
  int ranks = 0;
  int rank = 0;
  int device = -1;
  ncclResult_t error = ncclInternalError;
  EXPECT_EQ(ncclCommCount(communicator, &ranks), ncclSuccess);
  EXPECT_EQ(ncclCommUserRank(communicator, &rank), ncclSuccess);
  EXPECT_EQ(ncclCommCuDevice(communicator, &device), ncclSuccess);
  EXPECT_EQ(ncclCommGetAsyncError(communicator, &error), ncclSuccess);
  EXPECT_THAT((std::array{ranks, rank, device, static_cast<int>(error)}), ElementsAre(8, 3, 0, 0));
}

TEST_F(Nccl, UnknownCommunicatorsAreRefused) {
  int number = 0;
  auto* const unknown = reinterpret_cast<ncclComm_t>(0x1234);
  EXPECT_EQ(ncclCommCount(unknown, &number), ncclInvalidArgument);
  EXPECT_EQ(ncclCommDestroy(unknown), ncclInvalidArgument);
  EXPECT_EQ(ncclAllReduce(memory, memory, 1, ncclFloat, ncclSum, unknown, nullptr), ncclInvalidArgument);
  ncclComm_t ended = nullptr;
  ASSERT_EQ(ncclCommInitRank(&ended, 2, {}, 0), ncclSuccess);
  ASSERT_EQ(ncclCommAbort(ended), ncclSuccess);
  EXPECT_EQ(ncclCommCount(ended, &number), ncclInvalidArgument);
  EXPECT_EQ(ncclCommInitRank(&ended, 2, {}, 2), ncclInvalidArgument);  // there is no rank 2 of 2
}

TEST_F(Nccl, OneProcessMayHoldAllRanks) {
  std::array<ncclComm_t, 4> all{};
  ASSERT_EQ(ncclCommInitAll(all.data(), 4, nullptr), ncclSuccess);
  for (int i = 0; i < 4; ++i) {
    int device = -1;
    EXPECT_EQ(ncclCommCuDevice(all.at(static_cast<std::size_t>(i)), &device), ncclSuccess);
    EXPECT_EQ(device, i);
    EXPECT_EQ(ncclCommDestroy(all.at(static_cast<std::size_t>(i))), ncclSuccess);
  }
  const int no_device = 8;
  EXPECT_EQ(ncclCommInitAll(all.data(), 1, &no_device), ncclInvalidArgument);
}

TEST_F(Nccl, SplitsAndShrinks) {
  ncclComm_t part = nullptr;
  ASSERT_EQ(ncclCommSplit(communicator, 1, 2, &part, nullptr), ncclSuccess);
  int rank = 0;
  EXPECT_EQ(ncclCommUserRank(part, &rank), ncclSuccess);
  EXPECT_EQ(rank, 2);
  EXPECT_EQ(ncclCommDestroy(part), ncclSuccess);
  ASSERT_EQ(ncclCommSplit(communicator, NCCL_SPLIT_NOCOLOR, 0, &part, nullptr), ncclSuccess);
  EXPECT_EQ(part, nullptr);

  std::array<int, 2> excluded = {1, 5};  // 0 2 3 4 6 7 are left: rank 3 is third
  ASSERT_EQ(ncclCommShrink(communicator, excluded.data(), 2, &part, nullptr, NCCL_SHRINK_DEFAULT), ncclSuccess);
  int ranks = 0;
  EXPECT_EQ(ncclCommCount(part, &ranks), ncclSuccess);
  EXPECT_EQ(ncclCommUserRank(part, &rank), ncclSuccess);
  EXPECT_EQ(ranks, 6);
  EXPECT_EQ(rank, 2);
  EXPECT_EQ(ncclCommDestroy(part), ncclSuccess);
}

TEST_F(Nccl, ItsOwnBuffersAreSaidToBeMissing) {
  bool said = false;
  for (const auto& missing : simulation().coverage.memory_not_included()) {
    said = said || missing.what == "NCCL's buffers of a communicator of 8 ranks (no calibration entry)";
  }
  EXPECT_TRUE(said);
}

TEST_F(Nccl, GroupsEndWhereTheyBegan) {
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  EXPECT_EQ(ncclGroupStart(), ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
  EXPECT_EQ(ncclGroupEnd(), ncclInvalidUsage);
}

TEST_F(Nccl, RegistrationsAndReductionsBelongToACommunicator) {
  void* buffer = nullptr;
  ncclWindow_t window = nullptr;
  ASSERT_EQ(ncclCommRegister(communicator, memory, 4096, &buffer), ncclSuccess);
  ASSERT_EQ(ncclCommWindowRegister(communicator, memory, 4096, &window, NCCL_WIN_COLL_SYMMETRIC), ncclSuccess);
  EXPECT_EQ(ncclCommWindowRegister(communicator, memory + 8, 4096, &window, 0), ncclInvalidArgument);
  EXPECT_EQ(ncclCommDeregister(communicator, buffer), ncclSuccess);
  EXPECT_EQ(ncclCommDeregister(communicator, buffer), ncclInvalidArgument);
  EXPECT_EQ(ncclCommWindowDeregister(communicator, window), ncclSuccess);

  float half = 0.5F;
  ncclRedOp_t reduction{};
  ASSERT_EQ(ncclRedOpCreatePreMulSum(&reduction, &half, ncclFloat, ncclScalarHostImmediate, communicator), ncclSuccess);
  EXPECT_EQ(ncclAllReduce(memory, memory, 4, ncclFloat, reduction, communicator, nullptr), ncclSuccess);
  EXPECT_EQ(ncclRedOpDestroy(reduction, communicator), ncclSuccess);
  EXPECT_EQ(ncclAllReduce(memory, memory, 4, ncclFloat, reduction, communicator, nullptr), ncclInvalidArgument);
}

TEST_F(Nccl, MemoryIsTheDevices) {
  const std::size_t before = free_bytes();
  void* mine = nullptr;
  ASSERT_EQ(ncclMemAlloc(&mine, 4 * kMiB), ncclSuccess);
  EXPECT_EQ(before - free_bytes(), 4 * kMiB);
  EXPECT_EQ(ncclMemFree(mine), ncclSuccess);
  EXPECT_EQ(free_bytes(), before);
}

// ---- contents: every rank is assumed to hold the same as this one

TEST_F(Nccl, GathersACopyOfEachRank) {
  write<int>(memory, {7, 11});
  ASSERT_EQ(ncclAllGather(memory, memory + 4096, 2, ncclInt, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<int>(memory + 4096, 16), ElementsAre(7, 11, 7, 11, 7, 11, 7, 11, 7, 11, 7, 11, 7, 11, 7, 11));
}

TEST_F(Nccl, ASumIsEightTimesOneRanks) {
  write<float>(memory, {0.5F, -1.0F});
  ASSERT_EQ(ncclAllReduce(memory, memory, 2, ncclFloat, ncclSum, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<float>(memory, 2), ElementsAre(4.0F, -8.0F));
  write<std::int64_t>(memory, {5});
  ASSERT_EQ(ncclAllReduce(memory, memory, 1, ncclInt64, ncclSum, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<std::int64_t>(memory, 1), ElementsAre(40));
}

TEST_F(Nccl, LargestSmallestAndMeanAreOneRanks) {
  write<float>(memory, {3.0F});
  for (const ncclRedOp_t reduction : {ncclMax, ncclMin, ncclAvg}) {
    ASSERT_EQ(ncclAllReduce(memory, memory + 512, 1, ncclFloat, reduction, communicator, nullptr), ncclSuccess);
    EXPECT_THAT(read<float>(memory + 512, 1), ElementsAre(3.0F));
  }
}

TEST_F(Nccl, ScattersTheReducedPartOfThisRank) {
  std::vector<int> numbers(8);
  std::iota(numbers.begin(), numbers.end(), 0);
  write<int>(memory, numbers);
  ASSERT_EQ(ncclReduceScatter(memory, memory + 512, 1, ncclInt, ncclSum, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<int>(memory + 512, 1), ElementsAre(24));  // part 3 of eight ranks: 8 x 3
  ASSERT_EQ(ncclAlltoAll(memory, memory + 1024, 1, ncclInt, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<int>(memory + 1024, 8), Each(3));  // each rank sends part 3 here
}

TEST_F(Nccl, WhatOnlyOthersKnowIsNotKnown) {
  write<int>(memory, {1});
  ASSERT_EQ(ncclRecv(memory, 1, ncclInt, 0, communicator, nullptr), ncclSuccess);
  EXPECT_TRUE(read<int>(memory, 1).empty());
  write<int>(memory, {1});
  ASSERT_EQ(ncclAllReduce(memory, memory, 1, ncclInt, ncclProd, communicator, nullptr), ncclSuccess);
  EXPECT_TRUE(read<int>(memory, 1).empty());
}

TEST_F(Nccl, WhatIsNotTouchedStaysKnown) {
  write<int>(memory, {1, 2, 3});
  ASSERT_EQ(ncclAllReduce(memory + 4, memory + 4, 1, ncclInt, ncclProd, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<int>(memory, 1), ElementsAre(1));
  EXPECT_TRUE(read<int>(memory + 4, 1).empty());
  EXPECT_THAT(read<int>(memory + 8, 1), ElementsAre(3));
  ASSERT_EQ(ncclReduce(memory, memory, 1, ncclInt, ncclProd, 0, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<int>(memory, 1), ElementsAre(1));  // rank 0 has the result
  ASSERT_EQ(ncclBcast(memory, 1, ncclInt, 0, communicator, nullptr), ncclSuccess);
  EXPECT_THAT(read<int>(memory, 1), ElementsAre(1));
}

TEST_F(Nccl, ACollectiveIsOneLaunchUnlessItIsOnlyRecorded) {
  const std::uint64_t before = launched();
  ASSERT_EQ(ncclAllReduce(memory, memory, 1, ncclInt, ncclSum, communicator, nullptr), ncclSuccess);
  EXPECT_EQ(launched() - before, 1U);
  cudaStream_t stream = nullptr;
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), cudaSuccess);
  ASSERT_EQ(ncclAllReduce(memory, memory, 1, ncclInt, ncclSum, communicator, stream), ncclSuccess);
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  EXPECT_EQ(launched() - before, 1U);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(Nccl, WrongArgumentsAreRefused) {
  const auto all_reduce = [&](void* to, std::size_t count, int type, int reduction) {
    return ncclAllReduce(memory, to, count, static_cast<ncclDataType_t>(type), static_cast<ncclRedOp_t>(reduction),
                         communicator, nullptr);
  };
  EXPECT_EQ(all_reduce(memory, kMiB / 4, ncclFloat, ncclSum), ncclSuccess);
  EXPECT_EQ(all_reduce(memory, kMiB / 4 + 1, ncclFloat, ncclSum), ncclInvalidArgument);  // ends behind the allocation
  EXPECT_EQ(all_reduce(memory, 1, ncclNumTypes, ncclSum), ncclInvalidArgument);
  EXPECT_EQ(all_reduce(memory, 1, ncclFloat, 6), ncclInvalidArgument);
  EXPECT_EQ(all_reduce(nullptr, 1, ncclFloat, ncclSum), ncclInvalidArgument);
  EXPECT_EQ(ncclBcast(memory, 1, ncclFloat, kRanks, communicator, nullptr), ncclInvalidArgument);
  EXPECT_EQ(ncclSend(memory, 1, ncclFloat, -1, communicator, nullptr), ncclInvalidArgument);
  EXPECT_STREQ(ncclGetErrorString(ncclInvalidArgument), "invalid argument");
}

}  // namespace
}  // namespace profile_train::simulator
