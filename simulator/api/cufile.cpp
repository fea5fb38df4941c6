// cuFile: files to and from device memory. What is read from a file is known as far as any copy from the host is; what
// is written and not known are zeros, and the summary says so.
#include <cufile.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"
#include "simulator/transfers.h"

using namespace profile_train::simulator;

namespace {

// Numbers of our own.
enum Setting : int { kDescriptor };

constexpr std::size_t kChunk = std::size_t{1} << 20;

CUfileError_t result(CUfileOpError error) { return {error, CUDA_SUCCESS}; }

std::optional<int> descriptor_of(CUfileHandle_t file) {
  std::optional<int> descriptor;
  library_objects().with(handle_of(file), ObjectKind::cufile,
                         [&](const LibraryObject& object) { descriptor = object.get(kDescriptor, -1); });
  return descriptor;
}

/// The same file once more, without O_DIRECT: that wants aligned buffers, which cuFile has of its own. None: it cannot
/// be opened again.
std::optional<int> reopened(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return std::nullopt;
  const int again = open(fmt::format("/proc/self/fd/{}", descriptor).c_str(), (flags & O_ACCMODE) | O_CLOEXEC);
  return again >= 0 ? std::optional(again) : std::nullopt;
}

ssize_t failure(CUfileOpError error) { return -static_cast<ssize_t>(error); }

/// Moves `bytes` in chunks through host memory; `move(host, bytes so far, bytes)` gives how many it could.
template <class Move>
ssize_t in_chunks(std::size_t bytes, Move move) {
  std::vector<char> host(std::min(bytes, kChunk));
  std::size_t done = 0;
  while (done < bytes) {
    const std::size_t wanted = std::min(bytes - done, host.size());
    const ssize_t moved = move(host.data(), done, wanted);
    if (moved < 0) return moved;
    done += static_cast<std::size_t>(moved);
    if (static_cast<std::size_t>(moved) < wanted) break;
  }
  return static_cast<ssize_t>(done);
}

}  // namespace

SIMULATED CUfileError_t cuFileDriverOpen() { return result(CU_FILE_SUCCESS); }
SIMULATED CUfileError_t cuFileDriverClose_v2() { return result(CU_FILE_SUCCESS); }
SIMULATED long cuFileUseCount() { return 1; }

SIMULATED CUfileError_t cuFileHandleRegister(CUfileHandle_t* file, CUfileDescr_t* description) {
  if (file == nullptr || description == nullptr || description->type != CU_FILE_HANDLE_TYPE_OPAQUE_FD) {
    return result(CU_FILE_INVALID_VALUE);
  }
  struct stat information {};
  if (fstat(description->handle.fd, &information) != 0 || !S_ISREG(information.st_mode)) {
    return result(CU_FILE_INVALID_FILE_TYPE);
  }
  const std::optional<int> descriptor = reopened(description->handle.fd);
  if (!descriptor) return result(CU_FILE_PERMISSION_DENIED);
  LibraryObject object{.kind = ObjectKind::cufile};
  object.set(kDescriptor, *descriptor);
  *file = as_pointer<CUfileHandle_t>(library_objects().create(std::move(object)));
  return result(CU_FILE_SUCCESS);
}
SIMULATED void cuFileHandleDeregister(CUfileHandle_t file) {
  if (const std::optional<int> descriptor = descriptor_of(file)) close(*descriptor);
  library_objects().destroy(handle_of(file), ObjectKind::cufile);
}

SIMULATED CUfileError_t cuFileBufRegister(const void* buffer, size_t, int) {
  if (!simulation().memory.find(handle_of(buffer))) return result(CU_FILE_CUDA_POINTER_INVALID);
  return result(CU_FILE_SUCCESS);
}
SIMULATED CUfileError_t cuFileBufDeregister(const void* buffer) {
  if (!simulation().memory.find(handle_of(buffer))) return result(CU_FILE_MEMORY_NOT_REGISTERED);
  return result(CU_FILE_SUCCESS);
}

SIMULATED ssize_t cuFileRead(CUfileHandle_t file, void* buffer, size_t bytes, off_t file_offset, off_t buffer_offset) {
  const std::optional<int> descriptor = descriptor_of(file);
  if (!descriptor) return failure(CU_FILE_HANDLE_NOT_REGISTERED);
  char* const device = static_cast<char*>(buffer) + buffer_offset;
  return in_chunks(bytes, [&](char* host, std::size_t done, std::size_t wanted) -> ssize_t {
    const ssize_t read = pread(*descriptor, host, wanted, file_offset + static_cast<off_t>(done));
    if (read <= 0) return read;
    const Status status = copy(device + done, host, static_cast<std::size_t>(read));
    return status == Status::ok ? read : failure(CU_FILE_CUDA_POINTER_INVALID);
  });
}

SIMULATED ssize_t cuFileWrite(CUfileHandle_t file, const void* buffer, size_t bytes, off_t file_offset,
                              off_t buffer_offset) {
  const std::optional<int> descriptor = descriptor_of(file);
  if (!descriptor) return failure(CU_FILE_HANDLE_NOT_REGISTERED);
  const char* const device = static_cast<const char*>(buffer) + buffer_offset;
  if (!simulation().memory.find(handle_of(device))) return failure(CU_FILE_CUDA_POINTER_INVALID);
  record_answer(ReadKind::saved, "cuFileWrite", "0", bytes);
  return in_chunks(bytes, [&](char* host, std::size_t done, std::size_t wanted) -> ssize_t {
    if (!simulation().contents.read(handle_of(device + done), host, wanted)) std::fill_n(host, wanted, '\0');
    return pwrite(*descriptor, host, wanted, file_offset + static_cast<off_t>(done));
  });
}
