// CUDA runtime: streams, events, captures and graphs.

#include <utility>

#include "simulator/api/cuda_errors.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr int kLowestPriority = 0;
constexpr int kHighestPriority = -5;

template <class Object>
Object object_of(Handle handle) {
  return reinterpret_cast<Object>(handle);  // NOLINT(performance-no-int-to-ptr): never looked behind
}

cudaError_t synchronise(Status handle_is_known) {
  simulation().pools.synchronise();
  simulation().collectives.synchronised();
  return runtime(handle_is_known);
}

}  // namespace

// ---- streams

SIMULATED cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int priority) {
  *stream = object_of<cudaStream_t>(simulation().streams.create_stream(current_device(), flags, priority));
  return cudaSuccess;
}
SIMULATED cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return cudaStreamCreateWithPriority(stream, flags, kLowestPriority);
}
SIMULATED cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, 0); }
SIMULATED cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return runtime(simulation().streams.destroy_stream(handle_of(stream)));
}
SIMULATED cudaError_t cudaStreamGetPriority(cudaStream_t stream, int* priority) {
  return runtime(simulation().streams.priority(handle_of(stream), *priority));
}
SIMULATED cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  return runtime(simulation().streams.flags(handle_of(stream), *flags));
}
SIMULATED cudaError_t cudaStreamGetDevice(cudaStream_t stream, int* device) {
  return runtime(simulation().streams.device(handle_of(stream), current_device(), *device));
}
SIMULATED cudaError_t cudaStreamGetId(cudaStream_t stream, unsigned long long* id) {
  *id = handle_of(stream);
  return runtime(simulation().streams.check_stream(handle_of(stream)));
}
SIMULATED cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  if (least != nullptr) *least = kLowestPriority;
  if (greatest != nullptr) *greatest = kHighestPriority;
  return cudaSuccess;
}
SIMULATED cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return synchronise(simulation().streams.check_stream(handle_of(stream)));
}
SIMULATED cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return runtime(simulation().streams.check_stream(handle_of(stream)));
}
SIMULATED cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  simulation().collectives.waited_for(handle_of(event));
  return runtime(simulation().streams.wait(handle_of(stream), handle_of(event), current_device()));
}

// What the device would call back has all been done: the host is called at once, unless a graph is only being recorded.
SIMULATED cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
  Capture capture;
  const Status status = simulation().streams.capture(handle_of(stream), current_device(), capture);
  if (status == Status::ok && capture.state == CaptureState::none) function(argument);
  return runtime(status);
}
SIMULATED cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t function, void* argument,
                                            unsigned) {
  const Status status = simulation().streams.check_stream(handle_of(stream));
  if (status == Status::ok) function(stream, cudaSuccess, argument);
  return runtime(status);
}

// ---- events

SIMULATED cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  *event = object_of<cudaEvent_t>(simulation().streams.create_event(flags));
  return cudaSuccess;
}
SIMULATED cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, 0); }
SIMULATED cudaError_t cudaEventDestroy(cudaEvent_t event) {
  simulation().collectives.destroyed(handle_of(event));
  return runtime(simulation().streams.destroy_event(handle_of(event)));
}
SIMULATED cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  simulation().collectives.recorded(handle_of(event), handle_of(stream));
  return runtime(simulation().streams.record(handle_of(event), handle_of(stream), current_device()));
}
SIMULATED cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned) {
  return cudaEventRecord(event, stream);
}
SIMULATED cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (!simulation().collectives.has_ended(handle_of(event))) return cudaErrorNotReady;
  return runtime(simulation().streams.check_event(handle_of(event)));
}
SIMULATED cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return synchronise(simulation().streams.check_event(handle_of(event)));
}
SIMULATED cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  return runtime(simulation().streams.elapsed(handle_of(begin), handle_of(end), *milliseconds));
}

// ---- captures

SIMULATED cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  return runtime(simulation().streams.begin_capture(handle_of(stream), current_device()));
}
SIMULATED cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  Handle handle = 0;
  const Status status = simulation().streams.end_capture(handle_of(stream), current_device(), handle);
  *graph = object_of<cudaGraph_t>(handle);
  return runtime(status);
}
SIMULATED cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  return cudaStreamGetCaptureInfo(stream, status, nullptr, nullptr, nullptr, nullptr, nullptr);
}
SIMULATED cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* status,
                                               unsigned long long* id, cudaGraph_t* graph,
                                               const cudaGraphNode_t** dependencies, const cudaGraphEdgeData** edges,
                                               std::size_t* dependency_count) {
  Capture capture;
  const Status known = simulation().streams.capture(handle_of(stream), current_device(), capture);
  const bool active = capture.state == CaptureState::active;
  if (status != nullptr) *status = active ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  if (id != nullptr) *id = capture.id;
  if (graph != nullptr) *graph = object_of<cudaGraph_t>(capture.graph);
  if (dependencies != nullptr) *dependencies = nullptr;
  if (edges != nullptr) *edges = nullptr;
  if (dependency_count != nullptr) *dependency_count = 0;
  return runtime(known);
}
SIMULATED cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  static thread_local cudaStreamCaptureMode current = cudaStreamCaptureModeGlobal;
  std::swap(current, *mode);
  return cudaSuccess;
}

// ---- graphs: known by their handles; what they hold was counted when it was captured

SIMULATED cudaError_t cudaGraphCreate(cudaGraph_t* graph, unsigned) {
  *graph = object_of<cudaGraph_t>(simulation().streams.create_graph());
  return cudaSuccess;
}
SIMULATED cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return runtime(simulation().streams.destroy_graph(handle_of(graph)));
}
SIMULATED cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  Handle handle = 0;
  const Status status = simulation().streams.instantiate(handle_of(graph), handle);
  *executable = object_of<cudaGraphExec_t>(handle);
  return runtime(status);
}
SIMULATED cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t graph,
                                                    unsigned long long flags) {
  return cudaGraphInstantiate(executable, graph, flags);
}
SIMULATED cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return runtime(simulation().streams.destroy_executable(handle_of(executable)));
}
SIMULATED cudaError_t cudaGraphUpload(cudaGraphExec_t executable, cudaStream_t) {
  return runtime(simulation().streams.check_executable(handle_of(executable)));
}
SIMULATED cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t) {
  const Status status = simulation().streams.check_executable(handle_of(executable));
  if (status == Status::ok) simulation().launch();
  return runtime(status);
}
// A captured graph is asked whether it is empty: it counts as one node, without dependencies.
SIMULATED cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  if (nodes != nullptr && *count > 0) nodes[0] = object_of<cudaGraphNode_t>(handle_of(graph));
  *count = 1;
  return cudaSuccess;
}
SIMULATED cudaError_t cudaGraphNodeGetDependencies(cudaGraphNode_t, cudaGraphNode_t*, cudaGraphEdgeData*,
                                                   std::size_t* count) {
  *count = 0;
  return cudaSuccess;
}
SIMULATED cudaError_t cudaGraphDebugDotPrint(cudaGraph_t, const char*, unsigned) {
  simulation().coverage.not_implemented("cudaGraphDebugDotPrint");
  return runtime(Status::not_supported);
}
