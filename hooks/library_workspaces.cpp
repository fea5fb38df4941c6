#include "hooks/library_workspaces.h"

#include <ATen/cuda/CUDAContextLight.h>
#include <dlfcn.h>

#include <string_view>

#include "hooks/event_sink.h"

namespace profile_train::hooks {

namespace {

using List = at::cuda::WorkspaceMapWithMutex& (*)();

// By name, because a program may do without LibTorch's CUDA part or load it late. A LibTorch that calls them otherwise
// leaves workspaces to be recognised by their place.
void record(const char* symbol, std::string_view name) {
  void* const function = dlsym(RTLD_DEFAULT, symbol);
  if (function == nullptr) return;
  at::cuda::WorkspaceMapWithMutex& list = reinterpret_cast<List>(function)();
  EventSink& sink = process_sink();
  const NameId name_id = sink.names.intern(name);
  const std::shared_lock lock(list.mutex);
  for (const auto& [handle_and_stream, memory] : list.map) {
    if (memory.get() == nullptr) continue;
    Event event;
    event.kind = EventKind::role;
    event.address = reinterpret_cast<std::uint64_t>(memory.get());
    event.name = name_id;
    event.detail = static_cast<std::uint8_t>(Role::workspace);
    event.device = DeviceType::cuda;
    event.device_index = static_cast<std::uint8_t>(memory.device().index());
    sink.record(event);
  }
}

}  // namespace

void record_library_workspaces() {
  record("_ZN2at4cuda33cublas_handle_stream_to_workspaceEv", "cuBLAS workspace");
  record("_ZN2at4cuda35cublaslt_handle_stream_to_workspaceEv", "cuBLASLt workspace");
}

}  // namespace profile_train::hooks
