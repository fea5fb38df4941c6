// Stands in for a library that takes memory of its own from the driver, in a file of that library's name.

#include <cuda.h>

// Of the driver, which is there when this is loaded.
extern "C" CUdeviceptr allocate_from_driver(std::size_t bytes) {
  CUdeviceptr address = 0;
  return cuMemAlloc(&address, bytes) == CUDA_SUCCESS ? address : 0;
}

extern "C" void release_to_driver(CUdeviceptr address) { cuMemFree(address); }
