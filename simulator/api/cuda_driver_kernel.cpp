// CUDA driver: modules, kernels, streams and events. Modules (of Triton, say) are accepted unread; kernels do not run.

#include <utility>

#include "simulator/api/cuda_errors.h"
#include "simulator/device_attributes.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

/// One object stands for every module, function and link: nobody looks inside.
template <class Object>
Object opaque() {
  static char object;
  return reinterpret_cast<Object>(&object);
}

CUresult launch(CUstream stream) {
  simulation().launch_on(handle_of(stream));
  return CUDA_SUCCESS;
}

}  // namespace

// ---- modules

SIMULATED CUresult cuModuleLoad(CUmodule* module, const char*) {
  *module = opaque<CUmodule>();
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuModuleLoadData(CUmodule* module, const void*) { return cuModuleLoad(module, nullptr); }
SIMULATED CUresult cuModuleLoadDataEx(CUmodule* module, const void*, unsigned, CUjit_option*, void**) {
  return cuModuleLoad(module, nullptr);
}
SIMULATED CUresult cuModuleLoadFatBinary(CUmodule* module, const void*) { return cuModuleLoad(module, nullptr); }
SIMULATED CUresult cuModuleUnload(CUmodule) { return CUDA_SUCCESS; }
SIMULATED CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char*) {
  *function = opaque<CUfunction>();
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuModuleGetGlobal(CUdeviceptr*, std::size_t*, CUmodule, const char*) {
  return driver(Status::not_found);
}
SIMULATED CUresult cuLinkCreate(unsigned, CUjit_option*, void**, CUlinkState* state) {
  *state = opaque<CUlinkState>();
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuLinkAddData(CUlinkState, CUjitInputType, void*, std::size_t, const char*, unsigned, CUjit_option*,
                                 void**) {
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuLinkComplete(CUlinkState, void** binary, std::size_t* bytes) {
  static char nothing[8];
  *binary = nothing;
  *bytes = sizeof nothing;
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuLinkDestroy(CUlinkState) { return CUDA_SUCCESS; }

// ---- kernels

SIMULATED CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction) {
  switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = 1024; break;
    case CU_FUNC_ATTRIBUTE_NUM_REGS: *value = 32; break;
    default: *value = 0; break;
  }
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuFuncSetAttribute(CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; }
SIMULATED CUresult cuFuncSetCacheConfig(CUfunction, CUfunc_cache) { return CUDA_SUCCESS; }
SIMULATED CUresult cuFuncGetModule(CUmodule* module, CUfunction) { return cuModuleLoad(module, nullptr); }
SIMULATED CUresult cuFuncLoad(CUfunction) { return CUDA_SUCCESS; }

SIMULATED CUresult cuLaunchKernel(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                                  CUstream stream, void**, void**) {
  return launch(stream);
}
SIMULATED CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction, void**, void**) {
  return launch(config->hStream);
}
SIMULATED CUresult cuLaunchCooperativeKernel(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                                             unsigned, CUstream stream, void**) {
  return launch(stream);
}
SIMULATED CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* argument) {
  return static_cast<CUresult>(cudaLaunchHostFunc(stream, function, argument));
}
SIMULATED CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction, int block_threads,
                                                               std::size_t shared_bytes) {
  *blocks = resident_blocks(simulation().settings.card, block_threads, shared_bytes);
  return CUDA_SUCCESS;
}
SIMULATED CUresult cuOccupancyMaxActiveClusters(int* clusters, CUfunction, const CUlaunchConfig*) {
  constexpr int kBlocksOfAPortableCluster = 8;
  *clusters = simulation().settings.card.multiprocessors / kBlocksOfAPortableCluster;
  return CUDA_SUCCESS;
}
// A tensor map only travels to a kernel.
SIMULATED CUresult cuTensorMapEncodeTiled(CUtensorMap* map, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*,
                                          const cuuint64_t*, const cuuint32_t*, const cuuint32_t*,
                                          CUtensorMapInterleave, CUtensorMapSwizzle, CUtensorMapL2promotion,
                                          CUtensorMapFloatOOBfill) {
  *map = {};
  return CUDA_SUCCESS;
}

// ---- streams and events: those of the runtime

SIMULATED CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  return static_cast<CUresult>(cudaStreamCreateWithFlags(stream, flags));
}
SIMULATED CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
  return static_cast<CUresult>(cudaStreamCreateWithPriority(stream, flags, priority));
}
SIMULATED CUresult cuStreamDestroy(CUstream stream) { return static_cast<CUresult>(cudaStreamDestroy(stream)); }
SIMULATED CUresult cuStreamSynchronize(CUstream stream) { return static_cast<CUresult>(cudaStreamSynchronize(stream)); }
SIMULATED CUresult cuStreamQuery(CUstream stream) { return static_cast<CUresult>(cudaStreamQuery(stream)); }
SIMULATED CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
  return static_cast<CUresult>(cudaStreamWaitEvent(stream, event, flags));
}
SIMULATED CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status) {
  cudaStreamCaptureStatus of_runtime = cudaStreamCaptureStatusNone;
  const cudaError_t error = cudaStreamIsCapturing(stream, &of_runtime);
  *status = static_cast<CUstreamCaptureStatus>(of_runtime);
  return static_cast<CUresult>(error);
}
SIMULATED CUresult cuStreamWriteValue32(CUstream stream, CUdeviceptr, cuuint32_t, unsigned) { return launch(stream); }
SIMULATED CUresult cuEventCreate(CUevent* event, unsigned flags) {
  return static_cast<CUresult>(cudaEventCreateWithFlags(event, flags));
}
SIMULATED CUresult cuEventDestroy(CUevent event) { return static_cast<CUresult>(cudaEventDestroy(event)); }
SIMULATED CUresult cuEventRecord(CUevent event, CUstream stream) {
  return static_cast<CUresult>(cudaEventRecord(event, stream));
}
SIMULATED CUresult cuEventQuery(CUevent event) { return static_cast<CUresult>(cudaEventQuery(event)); }
SIMULATED CUresult cuEventSynchronize(CUevent event) { return static_cast<CUresult>(cudaEventSynchronize(event)); }
SIMULATED CUresult cuEventElapsedTime(float* milliseconds, CUevent begin, CUevent end) {
  return static_cast<CUresult>(cudaEventElapsedTime(milliseconds, begin, end));
}
