#include <cstring>
#include <string>

#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

class Driver : public EightCards {};

TEST_F(Driver, AllocatesWhatTheRuntimeSees) {
  const std::size_t before = free_bytes();
  CUdeviceptr pointer = 0;
  ASSERT_EQ(cuMemAlloc(&pointer, 100), CUDA_SUCCESS);
  EXPECT_EQ(before - free_bytes(), 2 * kMiB);
  std::size_t free = 0;
  std::size_t total = 0;
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_SUCCESS);
  EXPECT_EQ(free, free_bytes());
  CUdeviceptr base = 0;
  std::size_t bytes = 0;
  EXPECT_EQ(cuMemGetAddressRange(&base, &bytes, pointer + 99), CUDA_SUCCESS);
  EXPECT_EQ(base, pointer);
  EXPECT_EQ(bytes, 100U);
  EXPECT_EQ(cuMemGetAddressRange(&base, &bytes, pointer + 100), CUDA_ERROR_NOT_FOUND);
  int ordinal = -1;
  EXPECT_EQ(cuPointerGetAttribute(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, pointer), CUDA_SUCCESS);
  EXPECT_EQ(ordinal, 0);
  EXPECT_EQ(cuMemFree(pointer), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree(pointer), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemAlloc(&pointer, std::size_t{200} << 30), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess) << "errors of the driver are not the runtime's";
  EXPECT_EQ(free_bytes(), before);
}

TEST_F(Driver, NamesItsErrors) {
  const char* text = nullptr;
  EXPECT_EQ(cuGetErrorName(CUDA_ERROR_OUT_OF_MEMORY, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "CUDA_ERROR_OUT_OF_MEMORY");
  EXPECT_EQ(cuGetErrorString(CUDA_ERROR_OUT_OF_MEMORY, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "out of memory");
}

TEST_F(Driver, ContextsAreThoseOfTheDevices) {
  CUcontext third = nullptr;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&third, 3), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(third), CUDA_SUCCESS);
  int device = -1;
  EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
  EXPECT_EQ(device, 3);
  CUdevice of_context = -1;
  EXPECT_EQ(cuCtxGetDevice(&of_context), CUDA_SUCCESS);
  EXPECT_EQ(of_context, 3);
  CUcontext current = nullptr;
  EXPECT_EQ(cuCtxGetCurrent(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, third);
  EXPECT_EQ(cuCtxSetCurrent(reinterpret_cast<CUcontext>(&device)), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&third, 8), CUDA_ERROR_INVALID_DEVICE);
}

/// As an expandable segment does: reserve more addresses than there is memory, map pieces of 20 MiB.
TEST_F(Driver, MapsPhysicalMemoryToAddresses) {
  CUmemAllocationProp properties{};
  properties.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  properties.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  properties.location.id = 1;
  std::size_t granularity = 0;
  ASSERT_EQ(cuMemGetAllocationGranularity(&granularity, &properties, CU_MEM_ALLOC_GRANULARITY_MINIMUM), CUDA_SUCCESS);
  EXPECT_EQ(granularity, 2 * kMiB);
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  const std::size_t before = free_bytes();
  const std::size_t reserved = std::size_t{160} << 30;
  CUdeviceptr address = 0;
  ASSERT_EQ(cuMemAddressReserve(&address, reserved, 0, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(free_bytes(), before);

  CUmemGenericAllocationHandle handle = 0;
  ASSERT_EQ(cuMemCreate(&handle, 20 * kMiB, &properties, 0), CUDA_SUCCESS);
  EXPECT_EQ(before - free_bytes(), 20 * kMiB);
  ASSERT_EQ(cuMemMap(address, 20 * kMiB, 0, handle, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemMap(address, 20 * kMiB, 0, handle, 0), CUDA_ERROR_INVALID_VALUE) << "taken";
  CUmemAccessDesc access{};
  access.location = properties.location;
  access.flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
  EXPECT_EQ(cuMemSetAccess(address, 20 * kMiB, &access, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyHtoD(address, "abc", 4), CUDA_SUCCESS);
  char text[4] = {};
  EXPECT_EQ(cuMemcpyDtoH(text, address, 4), CUDA_SUCCESS);
  EXPECT_STREQ(text, "abc");

  EXPECT_EQ(cuMemAddressFree(address, reserved), CUDA_ERROR_INVALID_VALUE) << "something is mapped";
  EXPECT_EQ(cuMemRelease(handle), CUDA_SUCCESS);
  EXPECT_EQ(before - free_bytes(), 20 * kMiB) << "mapped";
  EXPECT_EQ(cuMemUnmap(address, 10 * kMiB), CUDA_ERROR_INVALID_VALUE) << "half of it";
  EXPECT_EQ(cuMemUnmap(address, 20 * kMiB), CUDA_SUCCESS);
  EXPECT_EQ(free_bytes(), before);
  EXPECT_EQ(cuMemAddressFree(address, reserved / 2), CUDA_ERROR_INVALID_VALUE) << "another size";
  EXPECT_EQ(cuMemAddressFree(address, reserved), CUDA_SUCCESS);
  properties.location.id = 8;
  EXPECT_EQ(cuMemCreate(&handle, 2 * kMiB, &properties, 0), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(cuMemMap(address, 2 * kMiB, 2 * kMiB, handle, 0), CUDA_ERROR_INVALID_VALUE) << "an offset";
}

void* by_name(const char* name) {
  void* function = nullptr;
  CUdriverProcAddressQueryResult result{};
  EXPECT_EQ(cuGetProcAddress(name, &function, CUDA_VERSION, 0, &result), CUDA_SUCCESS) << name;
  EXPECT_EQ(result, CU_GET_PROC_ADDRESS_SUCCESS) << name;
  return function;
}

// cuda.h renames functions to their latest version: &cuMemAlloc is &cuMemAlloc_v2 here.
#define EXPECT_BY_NAME(function) EXPECT_EQ(by_name(#function), reinterpret_cast<void*>(&(function))) << #function

TEST_F(Driver, GivesFunctionsByNameInTheVersionThatTheHeaderMeans) {
  EXPECT_BY_NAME(cuInit);
  EXPECT_BY_NAME(cuMemAlloc);
  EXPECT_BY_NAME(cuMemFree);
  EXPECT_BY_NAME(cuMemGetInfo);
  EXPECT_BY_NAME(cuMemGetAddressRange);
  EXPECT_BY_NAME(cuMemHostRegister);
  EXPECT_BY_NAME(cuMemcpyHtoD);
  EXPECT_BY_NAME(cuMemcpyDtoH);
  EXPECT_BY_NAME(cuMemcpyDtoD);
  EXPECT_BY_NAME(cuMemcpyHtoDAsync);
  EXPECT_BY_NAME(cuMemcpyDtoHAsync);
  EXPECT_BY_NAME(cuMemcpyDtoDAsync);
  EXPECT_BY_NAME(cuMemsetD8);
  EXPECT_BY_NAME(cuMemsetD32);
  EXPECT_BY_NAME(cuDeviceTotalMem);
  EXPECT_BY_NAME(cuDeviceGetUuid);
  EXPECT_BY_NAME(cuCtxPushCurrent);
  EXPECT_BY_NAME(cuCtxPopCurrent);
  EXPECT_BY_NAME(cuDevicePrimaryCtxRelease);
  EXPECT_BY_NAME(cuDevicePrimaryCtxSetFlags);
  EXPECT_BY_NAME(cuStreamDestroy);
  EXPECT_BY_NAME(cuStreamWriteValue32);
  EXPECT_BY_NAME(cuEventDestroy);
  EXPECT_BY_NAME(cuGetProcAddress);
  EXPECT_BY_NAME(cuMemCreate);
  EXPECT_BY_NAME(cuMemMap);
  EXPECT_BY_NAME(cuMemSetAccess);
  EXPECT_BY_NAME(cuLaunchKernel);
  EXPECT_BY_NAME(cuPointerGetAttribute);
}

TEST_F(Driver, SaysThatAFunctionIsNotThere) {
  void* function = &function;
  CUdriverProcAddressQueryResult result{};
  EXPECT_EQ(cuGetProcAddress("cuNoSuchFunction", &function, CUDA_VERSION, 0, &result), CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(function, nullptr);
  EXPECT_EQ(result, CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
  cudaDriverEntryPointQueryResult of_runtime{};
  EXPECT_EQ(cudaGetDriverEntryPointByVersion("cuMemAlloc", &function, CUDA_VERSION, 0, &of_runtime), cudaSuccess);
  EXPECT_EQ(function, reinterpret_cast<void*>(&cuMemAlloc));
  EXPECT_EQ(of_runtime, cudaDriverEntryPointSuccess);
}

}  // namespace
}  // namespace profile_train::simulator
