#include "hooks/cupti_api.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>

namespace profile_train::hooks {

namespace {

/// Fills pointers in from one library; remembers the first name that it lacks.
class Functions {
 public:
  Functions(void* library, std::string name) : library_(library), name_(std::move(name)) {}

  template <typename Function>
  void find(Function*& function, const char* symbol) {
    function = reinterpret_cast<Function*>(dlsym(library_, symbol));
    if (function == nullptr && problem_.empty()) problem_ = fmt::format("{} lacks {}", name_, symbol);
  }
  const std::string& problem() const { return problem_; }

 private:
  void* library_;
  std::string name_;
  std::string problem_;
};

Result<CuptiApi> table_of(void* library, const std::string& name) {
  CuptiApi api;
  Functions functions(library, name);
  functions.find(api.version, "cuptiGetVersion");
  functions.find(api.result_string, "cuptiGetResultString");
  functions.find(api.subscribe, "cuptiSubscribe_v2");
  functions.find(api.unsubscribe, "cuptiUnsubscribe");
  functions.find(api.enable_callback, "cuptiEnableCallback");
  functions.find(api.device_of_context, "cuptiGetDeviceId");
  functions.find(api.register_buffers, "cuptiActivityRegisterCallbacks");
  functions.find(api.enable_records, "cuptiActivityEnable");
  functions.find(api.disable_records, "cuptiActivityDisable");
  functions.find(api.flush_records, "cuptiActivityFlushAll");
  functions.find(api.next_record, "cuptiActivityGetNextRecord");
  functions.find(api.dropped_records, "cuptiActivityGetNumDroppedRecords");
  if (!functions.problem().empty()) return failure(functions.problem());

  constexpr const char* kDriverVersion = "cuDriverGetVersion";
  void* driver = RTLD_DEFAULT;  // a null pointer, as is a library that cannot be opened: neither has the function then
  if (dlsym(driver, kDriverVersion) == nullptr) driver = dlopen("libcuda.so.1", RTLD_LAZY);
  api.driver_version = reinterpret_cast<decltype(&cuDriverGetVersion)>(dlsym(driver, kDriverVersion));
  return api;
}

}  // namespace

Result<CuptiApi> load_cupti(std::span<const char* const> libraries) {
  // One CUPTI serves a process: LibTorch's own profiler must be talking to the same.
  if (dlsym(RTLD_DEFAULT, "cuptiGetVersion") != nullptr) return table_of(RTLD_DEFAULT, "this process's CUPTI");
  std::string problem;
  for (const char* const name : libraries) {
    // Never closed: CUPTI has a thread of its own, and callbacks may still be on their way.
    if (void* const library = dlopen(name, RTLD_LAZY | RTLD_LOCAL)) return table_of(library, name);
    if (problem.empty()) problem = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it by thread
  }
  return failure(problem);
}

}  // namespace profile_train::hooks
