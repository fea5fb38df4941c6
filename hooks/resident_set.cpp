#include "hooks/resident_set.h"

#include <cstdio>
#include <memory>

namespace profile_train::hooks {

ResidentSet resident_set() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> status(std::fopen("/proc/self/status", "re"), &std::fclose);
  ResidentSet result;
  if (status == nullptr) return result;
  char line[256];
  while (std::fgets(line, sizeof line, status.get()) != nullptr) {
    long long kib = 0;
    if (std::sscanf(line, "VmRSS: %lld kB", &kib) == 1) result.now_bytes = kib * 1024;
    if (std::sscanf(line, "VmHWM: %lld kB", &kib) == 1) result.peak_bytes = kib * 1024;
  }
  return result;
}

}  // namespace profile_train::hooks
