#include "simulator/library_calls.h"

#include <dlfcn.h>
#include <link.h>

#include <utility>

#include "simulator/call_site.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {

bool launch_on_handle(Handle handle, ObjectKind kind) {
  Handle stream = 0;
  if (!library_objects().with(handle, kind, [&](const LibraryObject& object) { stream = object.stream; })) return false;
  simulation().launch_on(stream);
  return true;
}

void workspace_not_included(std::string_view call) {
  simulation().coverage.not_included(fmt::format("workspace of {}", call), TakenBy::program);
}

void record_answer(ReadKind kind, std::string_view call, std::string answer, std::size_t bytes) {
  simulation().reads.record(kind, std::string(call), call_site().source(), std::move(answer), bytes);
}

double unknown_number() { return simulation().settings.scalar_value; }

void* real_function(std::string_view library, const char* name) {
  struct Search {
    std::string_view library;
    std::string path;
  } search{library, {}};
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        const std::string_view path = object->dlpi_name != nullptr ? object->dlpi_name : "";
        if (!path.substr(path.rfind('/') + 1).starts_with(wanted.library)) return 0;
        wanted.path = path;
        return 1;
      },
      &search);
  if (search.path.empty()) return nullptr;
  // Of this library and what it depends on: never our own function of the same name, which the global scope would give.
  void* const opened = dlopen(search.path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  return opened != nullptr ? dlsym(opened, name) : nullptr;
}

}  // namespace profile_train::simulator
