#include "profiler/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace profile_train {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

std::string_view remedy(int error) {
  switch (error) {
    case ENOENT: return "make its folder first, or choose another one";
    case ENOTDIR: return "a part of the path is a file: choose another folder";
    case EACCES:
    case EPERM:
    case EROFS: return "choose a folder that you may write to";
    case EISDIR: return "name a file in it";
    case ENOSPC:
    case EDQUOT: return "free some space, or choose another folder";
    case EFBIG: return "raise the limit on the size of files (ulimit -f), or choose another folder";
    default: return "choose another file";
  }
}

tl::unexpected<Error> open_failure(const std::string& path, int error) {
  struct stat status {};
  if (error == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  if (error == EEXIST)
    return failure(fmt::format("{} exists already: remove it, choose another name, or pass --force", path));
  return failure(fmt::format("cannot create {}: {}; {}", path, reason(error), remedy(error)));
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path, bool overwrite) {
  // An existing file is emptied only once the lock is ours: another program may be writing it.
  bool created = true;
  int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0 && errno == EEXIST && overwrite) {
    created = false;
    descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  }
  if (descriptor < 0) return open_failure(path, errno);

  OutputFile file(path, descriptor, created);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return failure(fmt::format("another program is writing {}: wait for it, or choose another name", path));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return open_failure(path, errno);
  if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))
    return failure(fmt::format("{} is a pipe or a socket; a trace needs a file", path));
  if (S_ISREG(status.st_mode) && ::ftruncate(descriptor, 0) != 0) return open_failure(path, errno);
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      created_(other.created_),
      size_bytes_(other.size_bytes_) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> OutputFile::append(std::span<const std::uint8_t> piece) {
  if (descriptor_ < 0) return failure(fmt::format("{} is closed", path_));
  std::size_t written = 0;
  while (written < piece.size()) {
    const ssize_t count = ::write(descriptor_, piece.data() + written, piece.size() - written);
    if (count > 0) {
      written += static_cast<std::size_t>(count);
      continue;
    }
    const int error = count == 0 ? ENOSPC : errno;
    if (error == EINTR) continue;
    // Take back the part of the piece that is in the file, so that it ends with a whole one. A device has none
    // (EINVAL).
    const bool restored = ::ftruncate(descriptor_, static_cast<off_t>(size_bytes_)) == 0 || errno == EINVAL;
    return failure(fmt::format("cannot write to {}: {}; {}{}", path_, reason(error), remedy(error),
                               restored ? "" : " (the end of the file is incomplete)"));
  }
  size_bytes_ += piece.size();
  return {};
}

Result<void> OutputFile::close() {
  if (descriptor_ < 0) return {};
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR)
    return failure(fmt::format("cannot finish {}: {}; {}", path_, reason(errno), remedy(errno)));
  return {};
}

void OutputFile::remove() {
  if (created_) ::unlink(path_.c_str());
}

}  // namespace profile_train
