#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace profile_train::testing {

/// What a finished program left behind.
struct Finished {
  int exit_code = -1;  ///< 128 + signal if one ended it, as shells count
  std::string out;
  std::string err;
};

/// profile-train, run as a user runs it: by its file, with arguments, output captured. For one thread.
class Program {
 public:
  enum class Group { shared, own };

  /// Starts it in `folder`; in a process group of its own where a signal is to reach all of it, as Ctrl-C does.
  Program(const std::vector<std::string>& arguments, const std::filesystem::path& folder, Group group = Group::shared);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const;
  void signal_group(int number) const;  ///< only in a group of its own
  Finished wait();

  static Finished run(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
    return Program(arguments, folder).wait();
  }

 private:
  pid_t process_ = -1;
  std::filesystem::path out_;
  std::filesystem::path err_;
};

std::string read_text(const std::filesystem::path& path);

}  // namespace profile_train::testing
