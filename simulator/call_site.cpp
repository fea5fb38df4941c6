#include "simulator/call_site.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace profile_train::simulator {
namespace {

/// "_ZN2at4_ops7nonzero4callERKNS_6TensorE" -> "nonzero". Empty for other symbols.
std::string_view operator_of(std::string_view symbol) {
  constexpr std::string_view kPrefix = "_ZN2at4_ops";
  if (!symbol.starts_with(kPrefix)) return {};
  symbol.remove_prefix(kPrefix.size());
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(symbol.data(), symbol.data() + symbol.size(), length);
  const auto digits = static_cast<std::size_t>(end - symbol.data());
  return error == std::errc() && digits + length <= symbol.size() ? symbol.substr(digits, length) : std::string_view();
}

bool is_library(std::string_view file) {
  const std::string_view name = file.substr(file.rfind('/') + 1);
  for (const std::string_view prefix :
       {"libtorch", "libc10", "libc.so", "libstdc++", "libprofile_train_simcuda", "ld-"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  std::string name = status == 0 ? text.get() : symbol;
  return name.substr(0, name.find('('));
}

using Frames = std::vector<void*>;

Frames frames_of_this_thread() {
  constexpr int kDeepest = 96;
  Frames frames(kDeepest);
  frames.resize(static_cast<std::size_t>(backtrace(frames.data(), kDeepest)));
  return frames;
}

CallSite name_frames(const Frames& frames) {
  CallSite site;
  for (void* const frame : frames) {
    Dl_info info{};
    if (dladdr(frame, &info) == 0) continue;
    if (info.dli_sname != nullptr) {
      const std::string_view name = operator_of(info.dli_sname);
      if (!name.empty() && (site.operators.empty() || site.operators.back() != name)) site.operators.emplace_back(name);
    }
    if (!site.function.empty() || info.dli_fname == nullptr || is_library(info.dli_fname)) continue;
    const std::string_view file = info.dli_fname;
    site.function =
        info.dli_sname != nullptr
            ? demangled(info.dli_sname)
            : fmt::format("{}+{:#x}", file.substr(file.rfind('/') + 1),
                          reinterpret_cast<std::uintptr_t>(frame) - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
  }
  return site;
}

/// A name takes a walk through all symbols of a library, some milliseconds a stack in one of LibTorch's size. Programs
/// read from the same few places again and again: what was named once is kept.
class NamedStacks {
 public:
  CallSite find(const Frames& frames) {
    const std::lock_guard lock(mutex_);
    if (const auto known = sites_.find(frames); known != sites_.end()) return known->second;
    CallSite site = name_frames(frames);
    if (sites_.size() < kMost) sites_.emplace(frames, site);
    return site;
  }

 private:
  static constexpr std::size_t kMost = 4096;
  std::mutex mutex_;
  std::map<Frames, CallSite> sites_;
};

CallSite native_call_site() {
  static auto* const stacks = new NamedStacks;  // never destroyed: programs read until the very end
  return stacks->find(frames_of_this_thread());
}

/// `  File "/home/…/train.py", line 31 in main` -> "train.py:31 in main", with torch's own files kept recognisable.
std::string python_frame(std::string_view line) {
  const auto begin = line.find('"');
  const auto end = line.find('"', begin + 1);
  const auto number = line.find(", line ", end);
  if (begin == std::string_view::npos || number == std::string_view::npos) return {};
  std::string_view file = line.substr(begin + 1, end - begin - 1);
  if (const auto packages = file.rfind("site-packages/"); packages != std::string_view::npos) {
    file.remove_prefix(packages + std::string_view("site-packages/").size());
  } else {
    file.remove_prefix(std::min(file.rfind('/') + 1, file.size()));
  }
  std::string_view rest = line.substr(number + std::string_view(", line ").size());
  const auto space = std::min(rest.find(' '), rest.size());
  return fmt::format("{}:{}{}", file, rest.substr(0, space), rest.substr(space));
}

/// Python writes the calling thread's stack to a file descriptor without taking its lock: what its fault handler uses.
void read_python_stack(CallSite& site) {
  using Dump = void (*)(int, void*);
  using ThreadStateOf = void* (*)();
  static const auto dump = reinterpret_cast<Dump>(dlsym(RTLD_DEFAULT, "_Py_DumpTraceback"));
  static const auto thread_state =
      reinterpret_cast<ThreadStateOf>(dlsym(RTLD_DEFAULT, "PyGILState_GetThisThreadState"));
  if (dump == nullptr || thread_state == nullptr) return;
  void* const state = thread_state();
  if (state == nullptr) return;
  const int file = memfd_create("python stack", MFD_CLOEXEC);
  if (file < 0) return;
  dump(file, state);
  std::string text(16384, '\0');
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  close(file);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (auto frame = python_frame(line); !frame.empty()) site.python.push_back(std::move(frame));
  }
}

}  // namespace

bool CallSite::in_operator(const char* name) const { return std::ranges::find(operators, name) != operators.end(); }

std::string CallSite::source() const {
  for (const std::string& frame : python) {
    if (!frame.starts_with("torch/")) return frame;
  }
  return python.empty() ? function : python.front();
}

CallSite call_site() {
  CallSite site = native_call_site();
  read_python_stack(site);
  return site;
}

}  // namespace profile_train::simulator
