#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

class RuntimeMemory : public EightCards {};

std::string read_back(const void* device, std::size_t count) {
  std::string text(count, '?');
  EXPECT_EQ(cudaMemcpy(text.data(), device, count, cudaMemcpyDeviceToHost), cudaSuccess);
  return text;
}
void write(void* device, const std::string& text) {
  EXPECT_EQ(cudaMemcpy(device, text.data(), text.size(), cudaMemcpyHostToDevice), cudaSuccess);
}

TEST_F(RuntimeMemory, WhatIsAllocatedIsNotFree) {
  const std::size_t before = free_bytes();
  void* const pointer = allocate(3 * kMiB);
  EXPECT_EQ(before - free_bytes(), 4 * kMiB) << "in units of 2 MiB";
  EXPECT_EQ(cudaFree(pointer), cudaSuccess);
  EXPECT_EQ(free_bytes(), before);
}

TEST_F(RuntimeMemory, AnErrorIsRememberedUntilItIsAskedFor) {
  void* pointer = &pointer;
  EXPECT_EQ(cudaMalloc(&pointer, (std::size_t{141} << 30) + 1), cudaErrorMemoryAllocation);
  EXPECT_EQ(pointer, nullptr);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess) << "its own result, not the remembered one";
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_STREQ(cudaGetErrorName(cudaErrorMemoryAllocation), "cudaErrorMemoryAllocation");
  EXPECT_STREQ(cudaGetErrorString(cudaErrorMemoryAllocation), "out of memory");
}

TEST_F(RuntimeMemory, NothingIsAllocatedAndReleased) {
  const std::size_t before = free_bytes();
  void* pointer = &pointer;
  EXPECT_EQ(cudaMalloc(&pointer, 0), cudaSuccess);
  EXPECT_EQ(pointer, nullptr);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
  EXPECT_EQ(free_bytes(), before);
}

TEST_F(RuntimeMemory, ReleasesOnceAndFromTheBeginning) {
  void* const pointer = allocate(4 * kMiB);
  EXPECT_EQ(cudaFree(static_cast<char*>(pointer) + 2 * kMiB), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(pointer), cudaSuccess);
  EXPECT_EQ(cudaFree(pointer), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(pointer, 0, 1), cudaErrorInvalidValue) << "nobody's memory";
  char byte = 0;
  EXPECT_EQ(cudaMemcpy(pointer, &byte, 1, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(&byte, pointer, 1, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
}

TEST_F(RuntimeMemory, WhatTheHostWroteIsReadBackUntilAKernelRuns) {
  auto* const device = static_cast<char*>(allocate(100));
  write(device, "abcdefgh");
  EXPECT_EQ(cudaMemcpy(device + 20, device + 2, 4, cudaMemcpyDeviceToDevice), cudaSuccess);
  EXPECT_EQ(cudaMemset(device + 4, 'x', 2), cudaSuccess);
  const std::uint64_t reads = unknown_reads();
  EXPECT_EQ(read_back(device, 8), "abcdxxgh");
  EXPECT_EQ(read_back(device + 20, 4), "cdef");
  EXPECT_EQ(unknown_reads(), reads);
  const std::uint64_t launches = launched();
  launch();
  EXPECT_EQ(launched(), launches + 1);
  EXPECT_EQ(read_back(device, 2), std::string(2, '\0'));
  EXPECT_EQ(unknown_reads(), reads + 1) << "zeros that nobody computed are counted";
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

TEST_F(RuntimeMemory, ANewAllocationHoldsNothingOfTheLastOne) {
  void* const first = allocate(100);
  write(first, "secret");
  EXPECT_EQ(cudaFree(first), cudaSuccess);
  void* const second = allocate(100);
  ASSERT_EQ(second, first) << "the same place";
  EXPECT_EQ(read_back(second, 6), std::string(6, '\0'));
  EXPECT_EQ(cudaFree(second), cudaSuccess);

  void* pooled = nullptr;
  ASSERT_EQ(cudaMallocAsync(&pooled, 100, nullptr), cudaSuccess);
  ASSERT_EQ(pooled, first);
  write(pooled, "secret");
  EXPECT_EQ(cudaFree(pooled), cudaSuccess) << "which takes stream-ordered memory, too";
  ASSERT_EQ(allocate(100), first);
  EXPECT_EQ(read_back(first, 6), std::string(6, '\0'));
  EXPECT_EQ(cudaFree(first), cudaSuccess);
}

TEST_F(RuntimeMemory, CopiesRows) {
  void* device = nullptr;
  std::size_t pitch = 0;
  ASSERT_EQ(cudaMallocPitch(&device, &pitch, 3, 2), cudaSuccess);
  EXPECT_EQ(pitch, 512U);
  const std::string rows = "abc-def-";
  EXPECT_EQ(cudaMemcpy2D(device, pitch, rows.data(), 4, 3, 2, cudaMemcpyHostToDevice), cudaSuccess);
  EXPECT_EQ(read_back(device, 3), "abc");
  EXPECT_EQ(read_back(static_cast<char*>(device) + pitch, 3), "def");
  EXPECT_EQ(cudaMemcpy2D(device, 2, rows.data(), 4, 3, 2, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

cudaPointerAttributes attributes_of(const void* pointer) {
  cudaPointerAttributes attributes;
  EXPECT_EQ(cudaPointerGetAttributes(&attributes, pointer), cudaSuccess);
  return attributes;
}

TEST_F(RuntimeMemory, ManagedMemoryIsTheHostsTooAndTakesDeviceMemory) {
  const std::size_t before = free_bytes();
  void* pointer = nullptr;
  ASSERT_EQ(cudaMallocManaged(&pointer, 1000, cudaMemAttachGlobal), cudaSuccess);
  EXPECT_EQ(before - free_bytes(), 2 * kMiB);
  std::memset(pointer, 7, 1000);
  std::array<char, 2> copy{};
  EXPECT_EQ(cudaMemcpy(copy.data(), pointer, 2, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(copy[1], 7) << "its contents are real";
  EXPECT_EQ(attributes_of(pointer).type, cudaMemoryTypeManaged);
  EXPECT_EQ(cudaFree(pointer), cudaSuccess);
  EXPECT_EQ(free_bytes(), before);
}

TEST_F(RuntimeMemory, PinnedMemoryIsTheHostsAndTakesNoDeviceMemory) {
  const std::size_t before = free_bytes();
  const std::uint64_t pinned = simulation().memory.pinned_usage().used_bytes;
  void* pointer = nullptr;
  ASSERT_EQ(cudaMallocHost(&pointer, 1000), cudaSuccess);
  std::memset(pointer, 7, 1000);
  EXPECT_EQ(free_bytes(), before);
  EXPECT_EQ(simulation().memory.pinned_usage().used_bytes, pinned + 4096);
  EXPECT_EQ(attributes_of(pointer).type, cudaMemoryTypeHost);
  EXPECT_EQ(cudaFree(pointer), cudaErrorInvalidValue) << "has a call of its own";
  EXPECT_EQ(cudaFreeHost(pointer), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(nullptr), cudaSuccess);
  EXPECT_EQ(simulation().memory.pinned_usage().used_bytes, pinned);
}

TEST_F(RuntimeMemory, TellsWhatAPointerIs) {
  ASSERT_EQ(cudaSetDevice(3), cudaSuccess);
  void* const device = allocate(100);
  EXPECT_EQ(attributes_of(static_cast<char*>(device) + 99).type, cudaMemoryTypeDevice);
  EXPECT_EQ(attributes_of(device).device, 3);
  EXPECT_EQ(attributes_of(device).hostPointer, nullptr);
  std::vector<char> own(100);
  EXPECT_EQ(attributes_of(own.data()).type, cudaMemoryTypeUnregistered);
  ASSERT_EQ(cudaHostRegister(own.data(), own.size(), 0), cudaSuccess);
  EXPECT_EQ(attributes_of(own.data()).type, cudaMemoryTypeHost);
  EXPECT_EQ(cudaHostUnregister(own.data()), cudaSuccess);
  EXPECT_EQ(cudaHostUnregister(own.data()), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

TEST_F(RuntimeMemory, IsSharedWithNoOtherProcess) {
  void* const device = allocate(100);
  cudaIpcMemHandle_t handle;
  EXPECT_EQ(cudaIpcGetMemHandle(&handle, device), cudaErrorNotSupported);
  EXPECT_EQ(cudaGetLastError(), cudaErrorNotSupported);
  std::vector<std::string> named;
  for (const Coverage::Counted& call : simulation().coverage.calls_not_implemented()) named.push_back(call.what);
  EXPECT_THAT(named, ::testing::Contains("cudaIpcGetMemHandle"));
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

}  // namespace
}  // namespace profile_train::simulator
