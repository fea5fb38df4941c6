// run_rank LIBRARY WORLD_SIZE RANK PROGRAM …: the program as one rank of a job on simulated cards, with the rendezvous
// that `profile-train run` would start. Needs nothing of the rest of the project.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "simulator/rendezvous.h"
#include "tests/simulator/simulated_card.h"

using namespace profile_train::simulator;

namespace {

void put(const char* name, const std::string& value) {
  setenv(name, value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): the rendezvous' thread reads no environment
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string world_size = argv[2];
  const std::string rank = argv[3];
  const Rendezvous rendezvous(std::stoi(world_size), std::stoi(rank));
  if (rendezvous.port() == 0) {
    std::fprintf(stderr, "%s\n", rendezvous.problem().c_str());
    return 1;
  }
  Settings settings = h200_settings();
  settings.devices = settings.world_size = std::stoi(world_size);
  settings.rank = std::stoi(rank);
  simulate(settings);
  put("LD_PRELOAD", argv[1]);
  put("RANK", rank);
  put("LOCAL_RANK", rank);
  put("WORLD_SIZE", world_size);
  put("LOCAL_WORLD_SIZE", world_size);
  put("MASTER_ADDR", "127.0.0.1");
  put("MASTER_PORT", std::to_string(rendezvous.port()));
  put("TORCHELASTIC_USE_AGENT_STORE", "True");
  const pid_t program = fork();
  if (program == 0) {
    execvp(argv[4], argv + 4);
    std::perror(argv[4]);
    _exit(127);
  }
  int status = 0;
  if (program < 0 || waitpid(program, &status, 0) != program) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
