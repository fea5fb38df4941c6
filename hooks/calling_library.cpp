#include "hooks/calling_library.h"

#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

#include <array>

#include "profiler/driver_level.h"

namespace profile_train::hooks {

namespace {

struct KnownLibrary {
  std::string_view prefix;  ///< of the file's name
  std::string_view name;
};

// The first prefix that fits decides.
constexpr std::array<KnownLibrary, 19> kKnown = {{
    {"libc10_cuda", kCachingAllocator},
    {"libtorch", "LibTorch"},
    {"libc10", "LibTorch"},
    {"libcudnn", "cuDNN"},
    {"libcublasLt", "cuBLASLt"},
    {"libcublas", "cuBLAS"},
    {"libnccl", "NCCL"},
    {"libnvshmem", "NVSHMEM"},
    {"libcusolver", "cuSOLVER"},
    {"libcusparseLt", "cuSPARSELt"},
    {"libcusparse", "cuSPARSE"},
    {"libcufft", "cuFFT"},
    {"libcurand", "cuRAND"},
    {"libcufile", "cuFile"},
    {"libnvrtc", "NVRTC"},
    {"libnvJitLink", "nvJitLink"},
    {"libtriton", "Triton"},
    {"triton", "Triton"},
    {"libpython", "Python"},
}};

constexpr std::array<std::string_view, 4> kWayToDriver = {"libcuda.so", "libcudart", "libcupti",
                                                          "libprofile_train_sim"};

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

constexpr int kMostFrames = 64;

struct Walk {
  bool past_driver = false;  // frames before are the callback's own
  int frames = 0;
  const char* path = nullptr;
};

_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  constexpr _Unwind_Reason_Code kStop = _URC_NORMAL_STOP;
  Walk& walk = *static_cast<Walk*>(argument);
  if (++walk.frames > kMostFrames) return kStop;
  dl_find_object found{};
  // Takes no lock, unlike dladdr(), which also goes through the library's symbols.
  void* const place = reinterpret_cast<void*>(_Unwind_GetIP(context) - 1);  // NOLINT(performance-no-int-to-ptr)
  if (_dl_find_object(place, &found) != 0) return _URC_NO_REASON;           // compiled at run time
  const char* const path = found.dlfo_link_map->l_name;
  if (is_way_to_driver(path)) {
    walk.past_driver = true;
    return _URC_NO_REASON;
  }
  if (!walk.past_driver) return _URC_NO_REASON;
  walk.path = path;
  return kStop;
}

}  // namespace

bool is_way_to_driver(std::string_view path) noexcept {
  const std::string_view file = file_name(path);
  for (const std::string_view prefix : kWayToDriver)
    if (file.starts_with(prefix)) return true;
  return false;
}

std::string_view library_name(std::string_view path) noexcept {
  if (path.empty()) return "the program";
  const std::string_view file = file_name(path);
  for (const KnownLibrary& library : kKnown)
    if (file.starts_with(library.prefix)) return library.name;
  return file.substr(0, file.find(".so"));
}

std::string_view calling_library() noexcept {
  Walk walk;
  _Unwind_Backtrace(visit, &walk);
  return walk.path == nullptr ? std::string_view{} : library_name(walk.path);
}

}  // namespace profile_train::hooks
