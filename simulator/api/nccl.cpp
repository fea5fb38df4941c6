// NCCL: communicators, and what is registered with them. The other ranks are not there: they are assumed to have done
// what this one does. What a communicator takes of device memory itself depends on topology and algorithms, and is not
// known.

#include "simulator/api/nccl.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "simulator/entry_point.h"

using namespace profile_train::simulator;

namespace {

ncclResult_t make(ncclComm_t* communicator, Communicator made) {
  if (communicator == nullptr || made.ranks < 1 || made.rank < 0 || made.rank >= made.ranks) return ncclInvalidArgument;
  *communicator = reinterpret_cast<ncclComm_t>(communicators().create(made));  // NOLINT(performance-no-int-to-ptr)
  simulation().coverage.not_included(
      fmt::format("NCCL's buffers of a communicator of {} ranks (no calibration entry)", made.ranks), TakenBy::library);
  return ncclSuccess;
}

ncclResult_t end(ncclComm_t communicator) {
  simulation().collectives.synchronised();
  return communicators().destroy(reinterpret_cast<Handle>(communicator)) ? ncclSuccess : ncclInvalidArgument;
}

template <class Handle_t>
ncclResult_t register_memory(ncclComm_t communicator, const void* memory, std::size_t bytes, Handle_t* registration) {
  if (registration == nullptr || (memory == nullptr && bytes > 0)) return ncclInvalidArgument;
  const Handle made = communicators().register_memory(reinterpret_cast<Handle>(communicator));
  if (made == 0) return ncclInvalidArgument;
  *registration = reinterpret_cast<Handle_t>(made);  // NOLINT(performance-no-int-to-ptr): never looked behind
  return ncclSuccess;
}

ncclResult_t deregister_memory(ncclComm_t communicator, const void* registration) {
  return communicators().deregister_memory(reinterpret_cast<Handle>(communicator),
                                           reinterpret_cast<Handle>(registration))
             ? ncclSuccess
             : ncclInvalidArgument;
}

}  // namespace

// ---- the library

SIMULATED ncclResult_t ncclGetVersion(int* version) {
  if (version == nullptr) return ncclInvalidArgument;
  *version = NCCL_VERSION_CODE;
  return ncclSuccess;
}
SIMULATED const char* ncclGetErrorString(ncclResult_t result) {
  switch (result) {
    case ncclSuccess: return "no error";
    case ncclUnhandledCudaError: return "unhandled cuda error";
    case ncclSystemError: return "unhandled system error";
    case ncclInternalError: return "internal error, or a call that the simulated device does not have";
    case ncclInvalidArgument: return "invalid argument";
    case ncclInvalidUsage: return "invalid usage";
    case ncclRemoteError: return "remote process exited or there was a network error";
    case ncclInProgress: return "NCCL operation in progress";
    default: return "unknown result code";
  }
}
SIMULATED const char* ncclGetLastError(ncclComm_t) { return ""; }

// ---- communicators

/// Nobody connects to anybody: any bytes will do, the same each time.
SIMULATED ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  if (id == nullptr) return ncclInvalidArgument;
  std::memset(id->internal, 1, sizeof id->internal);
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclCommInitRankConfig(ncclComm_t* communicator, int ranks, ncclUniqueId, int rank,
                                              ncclConfig_t*) {
  return make(communicator, {.ranks = ranks, .rank = rank, .device = current_device()});
}
SIMULATED ncclResult_t ncclCommInitRank(ncclComm_t* communicator, int ranks, ncclUniqueId id, int rank) {
  return ncclCommInitRankConfig(communicator, ranks, id, rank, nullptr);
}
SIMULATED ncclResult_t ncclCommInitRankScalable(ncclComm_t* communicator, int ranks, int rank, int ids, ncclUniqueId*,
                                                ncclConfig_t*) {
  if (ids < 1 || ids > ranks) return ncclInvalidArgument;
  return make(communicator, {.ranks = ranks, .rank = rank, .device = current_device()});
}
SIMULATED ncclResult_t ncclCommInitAll(ncclComm_t* made, int ranks, const int* devices) {
  if (made == nullptr || ranks < 1) return ncclInvalidArgument;
  for (int rank = 0; rank < ranks; ++rank) {
    const int device = devices != nullptr ? devices[rank] : rank;
    if (!simulation().has_device(device)) return ncclInvalidArgument;
    make(made + rank, {.ranks = ranks, .rank = rank, .device = device});
  }
  return ncclSuccess;
}
/// How many ranks chose the same colour is not known: as many as there can be. `key` is the rank in the new one
/// wherever PyTorch calls this.
SIMULATED ncclResult_t ncclCommSplit(ncclComm_t parent, int color, int key, ncclComm_t* communicator, ncclConfig_t*) {
  const auto of = find(parent);
  if (!of || communicator == nullptr) return ncclInvalidArgument;
  *communicator = nullptr;
  if (color == NCCL_SPLIT_NOCOLOR) return ncclSuccess;
  if (color < 0) return ncclInvalidArgument;
  return make(communicator, {.ranks = of->ranks, .rank = std::clamp(key, 0, of->ranks - 1), .device = of->device});
}
SIMULATED ncclResult_t ncclCommShrink(ncclComm_t parent, int* excluded, int count, ncclComm_t* communicator,
                                      ncclConfig_t*, int) {
  const auto of = find(parent);
  if (!of || communicator == nullptr || excluded == nullptr || count < 1 || count >= of->ranks)
    return ncclInvalidArgument;
  if (std::find(excluded, excluded + count, of->rank) != excluded + count) return ncclInvalidArgument;
  const auto before = std::count_if(excluded, excluded + count, [&](int rank) { return rank < of->rank; });
  return make(communicator,
              {.ranks = of->ranks - count, .rank = of->rank - static_cast<int>(before), .device = of->device});
}
SIMULATED ncclResult_t ncclCommFinalize(ncclComm_t communicator) {
  simulation().collectives.synchronised();
  return find(communicator) ? ncclSuccess : ncclInvalidArgument;
}
SIMULATED ncclResult_t ncclCommDestroy(ncclComm_t communicator) { return end(communicator); }
SIMULATED ncclResult_t ncclCommAbort(ncclComm_t communicator) { return end(communicator); }
SIMULATED ncclResult_t ncclCommRevoke(ncclComm_t communicator, int flags) {
  return find(communicator) && flags == NCCL_REVOKE_DEFAULT ? ncclSuccess : ncclInvalidArgument;
}

SIMULATED ncclResult_t ncclCommGetAsyncError(ncclComm_t communicator, ncclResult_t* error) {
  if (!find(communicator) || error == nullptr) return ncclInvalidArgument;
  *error = ncclSuccess;
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclCommCount(ncclComm_t communicator, int* count) {
  const auto found = find(communicator);
  if (!found || count == nullptr) return ncclInvalidArgument;
  *count = found->ranks;
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclCommCuDevice(ncclComm_t communicator, int* device) {
  const auto found = find(communicator);
  if (!found || device == nullptr) return ncclInvalidArgument;
  *device = found->device;
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclCommUserRank(ncclComm_t communicator, int* rank) {
  const auto found = find(communicator);
  if (!found || rank == nullptr) return ncclInvalidArgument;
  *rank = found->rank;
  return ncclSuccess;
}

// ---- memory, and what is registered

SIMULATED ncclResult_t ncclMemAlloc(void** memory, std::size_t bytes) {
  if (memory == nullptr) return ncclInvalidArgument;
  return cudaMalloc(memory, bytes) == cudaSuccess ? ncclSuccess : ncclUnhandledCudaError;
}
SIMULATED ncclResult_t ncclMemFree(void* memory) {
  return cudaFree(memory) == cudaSuccess ? ncclSuccess : ncclUnhandledCudaError;
}
SIMULATED ncclResult_t ncclCommRegister(ncclComm_t communicator, void* memory, std::size_t bytes, void** registration) {
  return register_memory(communicator, memory, bytes, registration);
}
SIMULATED ncclResult_t ncclCommDeregister(ncclComm_t communicator, void* registration) {
  return deregister_memory(communicator, registration);
}
SIMULATED ncclResult_t ncclCommWindowRegister(ncclComm_t communicator, void* memory, std::size_t bytes,
                                              ncclWindow_t* window, int) {
  if (reinterpret_cast<Handle>(memory) % NCCL_WIN_REQUIRED_ALIGNMENT != 0) return ncclInvalidArgument;
  return register_memory(communicator, memory, bytes, window);
}
SIMULATED ncclResult_t ncclCommWindowDeregister(ncclComm_t communicator, ncclWindow_t window) {
  return deregister_memory(communicator, window);
}

// ---- reductions of the program's own

SIMULATED ncclResult_t ncclRedOpCreatePreMulSum(ncclRedOp_t* reduction, void* scalar, ncclDataType_t type,
                                                ncclScalarResidence_t, ncclComm_t communicator) {
  if (reduction == nullptr || scalar == nullptr || type < 0 || type >= ncclNumTypes) return ncclInvalidArgument;
  const int made = communicators().create_reduction(reinterpret_cast<Handle>(communicator));
  if (made == 0) return ncclInvalidArgument;
  *reduction = static_cast<ncclRedOp_t>(made);
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclRedOpDestroy(ncclRedOp_t reduction, ncclComm_t communicator) {
  return communicators().destroy_reduction(reinterpret_cast<Handle>(communicator), reduction) ? ncclSuccess
                                                                                              : ncclInvalidArgument;
}
