#include "simulator/python_program.h"

#include <dlfcn.h>

#include <cstdint>

#include "simulator/entry_point.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {
namespace {

// Runs inside the program, so it leaves no name behind, and nothing it does may fail loudly.
constexpr const char* kWatch = R"(
def _profile_train_watch():
    import atexit, ctypes, sys
    torch = sys.modules.get("torch")
    if torch is None:
        return
    library = ctypes.CDLL(None)
    from torch.optim.optimizer import register_optimizer_step_post_hook
    def count(*_):
        library.profile_train_simcuda_count_step()
    register_optimizer_step_post_hook(count)
    def report():
        if torch.cuda.is_initialized():
            for device in range(torch.cuda.device_count()):
                peak = torch.cuda.memory_stats(device).get("requested_bytes.all.peak", 0)
                if peak:
                    library.profile_train_simcuda_report_requested(device, ctypes.c_int64(peak))
    atexit.register(report)
try:
    _profile_train_watch()
except Exception:
    pass
del _profile_train_watch
)";

using RunString = int (*)(const char*, void*);

int run_in_python(void*) {
  const auto run = reinterpret_cast<RunString>(dlsym(RTLD_DEFAULT, "PyRun_SimpleStringFlags"));
  if (run != nullptr) run(kWatch, nullptr);
  return 0;
}

}  // namespace

void watch_python_program() {
  using AddPendingCall = int (*)(int (*)(void*), void*);
  const auto add = reinterpret_cast<AddPendingCall>(dlsym(RTLD_DEFAULT, "Py_AddPendingCall"));
  // Python calls back between two of its instructions, when its own lock is held and none of torch's.
  if (add != nullptr) add(run_in_python, nullptr);
}

}  // namespace profile_train::simulator

SIMULATED void profile_train_simcuda_count_step() { profile_train::simulator::simulation().allocator.count_step(); }
SIMULATED void profile_train_simcuda_report_requested(int device, std::int64_t bytes) {
  profile_train::simulator::simulation().allocator.report_requested(device, bytes);
}
