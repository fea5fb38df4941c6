#include "tests/cli/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace profile_train::testing {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

namespace {

void redirect(int descriptor, const fs::path& file) {
  const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(opened, descriptor);
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const fs::path& folder, Group group)
    : out_(folder / "stdout.txt"), err_(folder / "stderr.txt") {
  std::vector<std::string> words = {PROFILE_TRAIN_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  process_ = fork();
  if (process_ < 0) throw std::runtime_error("fork failed");
  if (group == Group::own) setpgid(process_, 0);  // in both processes: whichever comes first
  if (process_ > 0) return;
  redirect(STDOUT_FILENO, out_);
  redirect(STDERR_FILENO, err_);
  if (chdir(folder.c_str()) == 0) execv(argv[0], argv.data());
  _exit(127);
}

Program::~Program() {
  if (process_ <= 0) return;
  signal(SIGKILL);
  wait();
}

void Program::signal(int number) const { kill(process_, number); }
void Program::signal_group(int number) const { kill(-process_, number); }

Finished Program::wait() {
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  Finished finished;
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.out = read_text(out_);
  finished.err = read_text(err_);
  return finished;
}

}  // namespace profile_train::testing
