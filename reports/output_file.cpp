#include "reports/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace profile_train::reports {
namespace {

std::string reason_of(int error) { return std::generic_category().message(error); }

std::string_view remedy_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return "free some space or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS: return "choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR: return "create the folder first or choose another one";
    case EFBIG: return "raise the limit on file sizes (ulimit -f)";
    default: return "choose another place for it";
  }
}

tl::unexpected<Error> cannot_write(const std::filesystem::path& path, int error) {
  return failure(fmt::format("cannot write {}: {}; {}", path.string(), reason_of(error), remedy_for(error)));
}

tl::unexpected<Error> exists_already(const std::filesystem::path& path) {
  return failure(fmt::format("{} exists already; use --force to replace it", path.string()));
}

/// Makes the new name itself survive a power cut. A folder that cannot be synced is no reason to fail.
void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

/// A new file beside the final one. Unless renamed, it is gone when this object is.
class ReportFile::TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& final_path) {
    static std::atomic<unsigned> counter = 0;
    do {
      path_ = final_path.parent_path() /
              fmt::format(".{}.{}.{}.tmp", final_path.filename().string(), ::getpid(), ++counter);
      // 0666 less the umask, as any program creates its output; mkstemp would make it private.
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    created_ = descriptor_ >= 0;
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (created_ && !renamed_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool created() const { return created_; }

  /// 0, or the error number.
  int write(std::string_view content) {
    while (!content.empty()) {
      const ssize_t written = ::write(descriptor_, content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      content.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }

  int finish() {
    // Some file systems report a full disk only here.
    if (::fsync(descriptor_) != 0) return errno;
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    return closed == 0 ? 0 : errno;
  }

  int rename_to(const std::filesystem::path& path, IfExists if_exists) {
    const int result = if_exists == IfExists::replace
                           ? ::rename(path_.c_str(), path.c_str())
                           : ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
    if (result == 0) {
      renamed_ = true;
      return 0;
    }
    if (if_exists == IfExists::refuse && (errno == EINVAL || errno == ENOSYS)) return link_to(path);
    return errno;
  }

 private:
  /// For file systems without RENAME_NOREPLACE: a hard link, too, fails if the name exists.
  int link_to(const std::filesystem::path& path) { return ::link(path_.c_str(), path.c_str()) == 0 ? 0 : errno; }

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool created_ = false;
  bool renamed_ = false;
};

Result<ReportFile> ReportFile::create(const std::filesystem::path& path, IfExists if_exists) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return failure(fmt::format("cannot write {}: it is a folder; give the name of a file", path.string()));
  }
  // Told before anything is written; the rename at the end asks again, because another program may be faster.
  if (if_exists == IfExists::refuse && std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    return exists_already(path);
  }
  auto file = std::make_unique<TemporaryFile>(path);
  if (!file->created()) return cannot_write(path, errno);
  return ReportFile(path, if_exists, std::move(file));
}

ReportFile::ReportFile(std::filesystem::path path, IfExists if_exists, std::unique_ptr<TemporaryFile> file)
    : path_(std::move(path)), if_exists_(if_exists), file_(std::move(file)) {}

ReportFile::ReportFile(ReportFile&&) noexcept = default;
ReportFile::~ReportFile() = default;

void ReportFile::write(std::string_view piece) {
  constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;
  buffer_.append(piece);
  if (buffer_.size() >= kBufferBytes) flush();
}

void ReportFile::flush() {
  if (error_ == 0) error_ = file_->write(buffer_);
  buffer_.clear();
}

Result<void> ReportFile::commit() {
  flush();
  if (error_ == 0) error_ = file_->finish();
  if (error_ != 0) return cannot_write(path_, error_);
  if (const int error = file_->rename_to(path_, if_exists_); error != 0) {
    return error == EEXIST ? exists_already(path_) : cannot_write(path_, error);
  }
  sync_folder_of(path_);
  return {};
}

Result<void> write_output_file(const std::filesystem::path& path, std::string_view content, IfExists if_exists) {
  auto file = ReportFile::create(path, if_exists);
  if (!file) return failure(file.error().message);
  file->write(content);
  return file->commit();
}

}  // namespace profile_train::reports
