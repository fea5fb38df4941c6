// CUDA runtime: kernels. They are registered, asked about and launched; none of them runs.

#include <dlfcn.h>

#include "simulator/api/cuda_errors.h"
#include "simulator/api/driver_table.h"
#include "simulator/compiled_code.h"
#include "simulator/device_attributes.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

cudaError_t launch(cudaStream_t stream) {
  Simulation& sim = simulation();
  sim.contexts.use(current_device());
  sim.launch_on(handle_of(stream));
  return cudaSuccess;
}

struct CallConfiguration {
  dim3 grid;
  dim3 block;
  std::size_t shared_bytes = 0;
  cudaStream_t stream = nullptr;
};
CallConfiguration& call_configuration() {
  static thread_local CallConfiguration configuration;
  return configuration;
}

}  // namespace

// ---- what the compiler generates for a file with kernels. A program registers a hundred thousand of them before
// main(): nothing is parsed, and only where the code lies is kept.

SIMULATED void** __cudaRegisterFatBinary(void* wrapper) {
  note_fat_binary(wrapper);
  static void* handle = nullptr;
  return &handle;
}
SIMULATED void __cudaRegisterFatBinaryEnd(void**) {}
SIMULATED void __cudaUnregisterFatBinary(void**) {}
SIMULATED void __cudaRegisterFunction(void**, const char*, char*, const char*, int, uint3*, uint3*, dim3*, dim3*,
                                      int*) {}
SIMULATED void __cudaRegisterVar(void**, char*, char*, const char*, int, std::size_t, int, int) {}
SIMULATED void __cudaRegisterManagedVar(void**, void**, char*, const char*, int, std::size_t, int, int) {}
SIMULATED char __cudaInitModule(void**) { return 1; }

SIMULATED unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared_bytes, cudaStream_t stream) {
  call_configuration() = {grid, block, shared_bytes, stream};
  return 0;
}
SIMULATED cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared_bytes, void* stream) {
  *grid = call_configuration().grid;
  *block = call_configuration().block;
  *shared_bytes = call_configuration().shared_bytes;
  *static_cast<cudaStream_t*>(stream) = call_configuration().stream;
  return cudaSuccess;
}
SIMULATED cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* function) {
  *kernel = static_cast<cudaKernel_t>(const_cast<void*>(function));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return cudaSuccess;
}
SIMULATED cudaError_t __cudaLaunchKernel(cudaKernel_t, dim3, dim3, void**, std::size_t, cudaStream_t stream) {
  return launch(stream);
}

// ---- launches

SIMULATED cudaError_t cudaLaunchKernel(const void*, dim3, dim3, void**, std::size_t, cudaStream_t stream) {
  return launch(stream);
}
SIMULATED cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void*, void**) {
  return launch(config->stream);
}
SIMULATED cudaError_t cudaLaunchCooperativeKernel(const void*, dim3, dim3, void**, std::size_t, cudaStream_t stream) {
  return launch(stream);
}

// ---- what a kernel is. Its registers and shared memory are in machine code that nobody reads here.

SIMULATED cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function) {
  const Card& card = simulation().settings.card;
  *attributes = {};
  attributes->maxThreadsPerBlock = 1024;
  attributes->numRegs = 32;
  // CUB has a way of working for each capability that it was compiled for, and asks which of them runs.
  const LoadedCode code = loaded_for(function, card.compute_major * 10 + card.compute_minor);
  attributes->ptxVersion = code.ptx_capability;
  attributes->binaryVersion = code.binary_capability;
  attributes->maxDynamicSharedSizeBytes = static_cast<int>(card.shared_memory_per_block_optin);
  return cudaSuccess;
}
SIMULATED cudaError_t cudaFuncSetAttribute(const void*, cudaFuncAttribute, int) { return cudaSuccess; }
SIMULATED cudaError_t cudaFuncSetCacheConfig(const void*, cudaFuncCache) { return cudaSuccess; }

SIMULATED cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int block_threads,
                                                                    std::size_t shared_bytes) {
  *blocks = resident_blocks(simulation().settings.card, block_threads, shared_bytes);
  return cudaSuccess;
}
SIMULATED cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, const void* function,
                                                                             int block_threads,
                                                                             std::size_t shared_bytes, unsigned) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, block_threads, shared_bytes);
}

// ---- the driver's functions by name

SIMULATED cudaError_t cudaGetDriverEntryPointByVersion(const char* name, void** function, unsigned, unsigned long long,
                                                       cudaDriverEntryPointQueryResult* result) {
  *function = driver_function(name);
  if (result != nullptr) {
    *result = *function != nullptr ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
  }
  return cudaSuccess;
}
SIMULATED cudaError_t cudaGetDriverEntryPoint(const char* name, void** function, unsigned long long flags,
                                              cudaDriverEntryPointQueryResult* result) {
  return cudaGetDriverEntryPointByVersion(name, function, CUDA_VERSION, flags, result);
}
