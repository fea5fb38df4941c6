#pragma once

#include <unistd.h>

#include "simulator/allocator_watch.h"
#include "simulator/collectives.h"
#include "simulator/communicators.h"
#include "simulator/contexts.h"
#include "simulator/coverage.h"
#include "simulator/cupti.h"
#include "simulator/device_memory.h"
#include "simulator/handle_table.h"
#include "simulator/host_reads.h"
#include "simulator/known_contents.h"
#include "simulator/launches.h"
#include "simulator/library_objects.h"
#include "simulator/measured_sizes.h"
#include "simulator/memory_pools.h"
#include "simulator/settings.h"
#include "simulator/streams.h"
#include "simulator/truth_values.h"

namespace profile_train::simulator {

/// The simulated devices of this process: everything that entry points act on, in one object.
///
///     entry points     cudaMalloc · cuMemCreate · cublasGemmEx · ncclAllReduce · …      a few lines each
///         │ act on
///     Simulation       memory      who holds which addresses, what each device is charged
///                      contents    the few bytes whose values are known
///                      truths      truth values that follow from the operator that made them
///                      streams     streams, events, captures, graphs
///                      libraries   handles of cuBLAS, cuSOLVER, cuSPARSE, cuFFT, with what was set on them
///                      descriptors of cuDNN
///                      communicators of NCCL
///                      collectives which of them PyTorch's watchdog has seen
///                      pools       stream-ordered allocation
///                      launches    how many kernels would have run; limits
///                      reads       device values that the program asked for and that are not known
///                      allocator   peaks of PyTorch's caching allocator
///                      cupti       who watches calls and memory through CUPTI
///                      coverage    what was asked for and is not simulated
///                      measured    sizes that only hardware knows, from a calibration file
///
/// Made by the first call of any entry point, never destroyed: programs call until the very end. Members are
/// thread-safe.
class Simulation {
 public:
  explicit Simulation(Settings settings);

  const pid_t process = getpid();
  const Settings settings;
  Coverage coverage;
  MeasuredSizes measured;
  Contexts contexts;
  DeviceMemory memory;
  KnownContents contents;
  TruthValues truths;
  Streams streams;
  LibraryObjects libraries;
  HandleTables descriptors;
  Communicators communicators;
  Collectives collectives;
  MemoryPools pools;
  Launches launches;
  HostReads reads;
  AllocatorWatch allocator;
  Cupti cupti;

  /// A kernel or a library call that runs on the device: counted, and what was known of contents is forgotten.
  void launch() {
    launches.count();
    contents.forget_all();
  }
  /// The same, on a stream that may be capturing: then it will run when the graph is launched.
  void launch_on(Handle stream);

  bool has_device(int device) const { return device >= 0 && device < settings.devices; }
};

Simulation& simulation();

/// Device of the calling thread, as cudaSetDevice() left it; 0 at first.
int& current_device() noexcept;

}  // namespace profile_train::simulator
