// NCCL: collectives. They return at once, and every rank is assumed to hold the same values as this one; so small
// contents that are known stay known where the result follows from that. What a collective does not write keeps what is
// known of it.

#include <algorithm>
#include <cstring>
#include <string>

#include "simulator/api/nccl.h"
#include "simulator/entry_point.h"
#include "simulator/torch_symbols.h"
#include "simulator/transfers.h"

using namespace profile_train::simulator;

namespace {

// ---- what all collectives do first

thread_local int group_depth = 0;

/// The stream that PyTorch computes on, if PyTorch is there. Collectives on it are over, for the allocator, in its
/// order.
bool is_current_stream_of_torch(Handle stream, int device) {
  using Getter = int (*)(std::int32_t, void**);  // LibTorch's own C interface, which its versions keep
  static const auto getter = reinterpret_cast<Getter>(torch_symbol("aoti_torch_get_current_cuda_stream"));
  void* current = nullptr;
  if (getter == nullptr || getter(device, &current) != 0) return true;
  return reinterpret_cast<Handle>(current) == stream;
}

struct Call {
  ncclComm_t communicator;
  cudaStream_t stream;
  ncclDataType_t type;
};

/// Bytes of `count` elements.
std::size_t bytes_of(const Call& call, std::size_t count) {
  static constexpr std::size_t kBytes[] = {1, 1, 4, 4, 8, 8, 2, 4, 8, 2, 1, 1};  // in the order of ncclDataType_t
  static_assert(std::size(kBytes) == ncclNumTypes);
  return count * kBytes[call.type];
}

/// What is at fault with a call, or ncclSuccess: then it is counted.
ncclResult_t begin(const Call& call, Communicator& communicator, int root = 0) {
  const auto found = find(call.communicator);
  if (!found || call.type < 0 || call.type >= ncclNumTypes) return ncclInvalidArgument;
  if (root < 0 || root >= found->ranks) return ncclInvalidArgument;
  communicator = *found;
  Simulation& sim = simulation();
  const auto stream = reinterpret_cast<Handle>(call.stream);
  Capture capture;
  if (sim.streams.capture(stream, current_device(), capture) != Status::ok) return ncclInvalidArgument;
  if (capture.state == CaptureState::active) return ncclSuccess;  // it runs when the graph is launched
  if (!sim.collectives.settle()) {
    sim.coverage.note(
        "PyTorch's NCCL watchdog did not come by: how long tensors of collectives stay alive may vary from run to run");
  }
  sim.launches.count();
  if (!is_current_stream_of_torch(stream, communicator.device)) sim.collectives.issued(stream);
  return ncclSuccess;
}

// ---- contents

/// False if the program does not own `bytes` bytes there. The host's memory cannot be checked.
bool owns(const void* memory, std::size_t bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  if (bytes == 0) return true;
  if (!simulation().memory.in_device_address_space(address)) return memory != nullptr;
  const auto range = simulation().memory.find(address);
  return range && address + bytes <= range->address + range->bytes;
}

void forget(void* memory, std::size_t bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  simulation().contents.forget(address, bytes);
  simulation().truths.forget(address, bytes);
}

/// The same values elsewhere.
void carry(void* to, const void* from, std::size_t bytes) {
  if (to == from || bytes == 0) return;
  Simulation& sim = simulation();
  if (sim.memory.in_device_address_space(reinterpret_cast<std::uintptr_t>(to)) &&
      sim.memory.in_device_address_space(reinterpret_cast<std::uintptr_t>(from))) {
    copy(to, from, bytes);
  } else {
    forget(to, bytes);
  }
}

template <class Number>
void multiply(std::string& bytes, int factor) {
  for (std::size_t at = 0; at + sizeof(Number) <= bytes.size(); at += sizeof(Number)) {
    Number number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    number = static_cast<Number>(number * static_cast<Number>(factor));
    std::memcpy(bytes.data() + at, &number, sizeof number);
  }
}

/// `factor` times the numbers. False if the type is none of the processor's.
bool multiply(std::string& bytes, ncclDataType_t type, int factor) {
  switch (type) {
    case ncclInt8: multiply<std::int8_t>(bytes, factor); return true;
    case ncclUint8: multiply<std::uint8_t>(bytes, factor); return true;
    case ncclInt32: multiply<std::int32_t>(bytes, factor); return true;
    case ncclUint32: multiply<std::uint32_t>(bytes, factor); return true;
    case ncclInt64: multiply<std::int64_t>(bytes, factor); return true;
    case ncclUint64: multiply<std::uint64_t>(bytes, factor); return true;
    case ncclFloat32: multiply<float>(bytes, factor); return true;
    case ncclFloat64: multiply<double>(bytes, factor); return true;
    default: return false;
  }
}

/// What `ranks` ranks with the same values reduce to.
void reduce(void* to, const void* from, std::size_t bytes, ncclDataType_t type, ncclRedOp_t reduction, int ranks) {
  if (reduction == ncclMax || reduction == ncclMin || reduction == ncclAvg || ranks == 1) return carry(to, from, bytes);
  Simulation& sim = simulation();
  if (reduction == ncclSum && bytes <= KnownContents::kLargest) {
    std::string values(bytes, '\0');
    if (sim.contents.read(reinterpret_cast<std::uintptr_t>(from), values.data(), bytes) &&
        multiply(values, type, ranks)) {
      sim.truths.forget(reinterpret_cast<std::uintptr_t>(to), bytes);
      return sim.contents.write(reinterpret_cast<std::uintptr_t>(to), values.data(), bytes);
    }
  }
  forget(to, bytes);
}

/// `times` copies of the same bytes, one behind the other.
void repeat(void* to, const void* from, std::size_t bytes, int times) {
  Simulation& sim = simulation();
  const auto count = static_cast<std::size_t>(times);
  std::string once(bytes * count <= KnownContents::kLargest ? bytes : 0, '\0');
  if (once.empty() || !sim.contents.read(reinterpret_cast<std::uintptr_t>(from), once.data(), bytes))
    return forget(to, bytes * count);
  std::string all;
  for (int i = 0; i < times; ++i) all += once;
  sim.truths.forget(reinterpret_cast<std::uintptr_t>(to), all.size());
  sim.contents.write(reinterpret_cast<std::uintptr_t>(to), all.data(), all.size());
}

/// How many parts of `bytes` there are at `memory`: as many as ranks. A communicator that was split off may have fewer
/// than is known; then the program's memory ends before.
int parts_at(const void* memory, std::size_t bytes, int ranks) {
  if (bytes == 0) return ranks;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const auto range = simulation().memory.find(address);
  if (!range) return ranks;
  return static_cast<int>(
      std::min<std::size_t>(static_cast<std::size_t>(ranks), (range->address + range->bytes - address) / bytes));
}

const void* part(const void* memory, std::size_t bytes, int index) {
  return static_cast<const char*>(memory) + bytes * static_cast<std::size_t>(index);
}

bool is_reduction(const Call& call, ncclRedOp_t reduction) {
  return (reduction >= 0 && reduction < ncclNumOps) ||
         communicators().has_reduction(reinterpret_cast<Handle>(call.communicator), reduction);
}

}  // namespace

// ---- groups: nothing is put off until the end of one

SIMULATED ncclResult_t ncclGroupStart() {
  ++group_depth;
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclGroupEnd() {
  if (group_depth == 0) return ncclInvalidUsage;
  --group_depth;
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclGroupSimulateEnd(ncclSimInfo_t* info) {
  if (info == nullptr) return ncclInvalidArgument;
  info->estimatedTime = 0.0F;
  return ncclGroupEnd();
}

// ---- collectives

SIMULATED ncclResult_t ncclAllReduce(const void* send, void* receive, std::size_t count, ncclDataType_t type,
                                     ncclRedOp_t reduction, ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(send, bytes) || !owns(receive, bytes) || !is_reduction(call, reduction)) return ncclInvalidArgument;
  reduce(receive, send, bytes, type, reduction, of.ranks);
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclReduce(const void* send, void* receive, std::size_t count, ncclDataType_t type,
                                  ncclRedOp_t reduction, int root, ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of, root); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(send, bytes) || !is_reduction(call, reduction)) return ncclInvalidArgument;
  if (of.rank != root) return ncclSuccess;
  if (!owns(receive, bytes)) return ncclInvalidArgument;
  reduce(receive, send, bytes, type, reduction, of.ranks);
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclBroadcast(const void* send, void* receive, std::size_t count, ncclDataType_t type, int root,
                                     ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of, root); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(receive, bytes) || (of.rank == root && !owns(send, bytes))) return ncclInvalidArgument;
  if (of.rank == root) carry(receive, send, bytes);  // elsewhere: what is there is what the root has
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclBcast(void* memory, std::size_t count, ncclDataType_t type, int root,
                                 ncclComm_t communicator, cudaStream_t stream) {
  return ncclBroadcast(memory, memory, count, type, root, communicator, stream);
}
SIMULATED ncclResult_t ncclReduceScatter(const void* send, void* receive, std::size_t count, ncclDataType_t type,
                                         ncclRedOp_t reduction, ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(send, bytes) || !owns(receive, bytes) || !is_reduction(call, reduction)) return ncclInvalidArgument;
  reduce(receive, part(send, bytes, of.rank), bytes, type, reduction, of.ranks);
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclAllGather(const void* send, void* receive, std::size_t count, ncclDataType_t type,
                                     ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(send, bytes) || !owns(receive, bytes)) return ncclInvalidArgument;
  repeat(receive, send, bytes, parts_at(receive, bytes, of.ranks));
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclAlltoAll(const void* send, void* receive, std::size_t count, ncclDataType_t type,
                                    ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(send, bytes) || !owns(receive, bytes)) return ncclInvalidArgument;
  repeat(receive, part(send, bytes, of.rank), bytes, parts_at(receive, bytes, of.ranks));
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclGather(const void* send, void* receive, std::size_t count, ncclDataType_t type, int root,
                                  ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of, root); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(send, bytes)) return ncclInvalidArgument;
  if (of.rank != root) return ncclSuccess;
  if (!owns(receive, bytes)) return ncclInvalidArgument;
  repeat(receive, send, bytes, parts_at(receive, bytes, of.ranks));
  return ncclSuccess;
}
SIMULATED ncclResult_t ncclScatter(const void* send, void* receive, std::size_t count, ncclDataType_t type, int root,
                                   ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of, root); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(receive, bytes) || (of.rank == root && !owns(send, bytes))) return ncclInvalidArgument;
  if (of.rank == root) {
    carry(receive, part(send, bytes, root), bytes);
  } else {
    forget(receive, bytes);
  }
  return ncclSuccess;
}

// ---- from one rank to another: what the other sends is not known

SIMULATED ncclResult_t ncclSend(const void* send, std::size_t count, ncclDataType_t type, int peer,
                                ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of, peer); fault != ncclSuccess) return fault;
  return owns(send, bytes_of(call, count)) ? ncclSuccess : ncclInvalidArgument;
}
SIMULATED ncclResult_t ncclRecv(void* receive, std::size_t count, ncclDataType_t type, int peer,
                                ncclComm_t communicator, cudaStream_t stream) {
  const Call call{communicator, stream, type};
  Communicator of;
  if (const auto fault = begin(call, of, peer); fault != ncclSuccess) return fault;
  const std::size_t bytes = bytes_of(call, count);
  if (!owns(receive, bytes)) return ncclInvalidArgument;
  forget(receive, bytes);
  return ncclSuccess;
}
