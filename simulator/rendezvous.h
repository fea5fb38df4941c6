#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "simulator/rendezvous_store.h"

namespace profile_train::simulator {

/// Where the one rank of a job that is there meets the others, which are not: a server on a port of this machine that
/// speaks the protocol of PyTorch's TCPStore. Lives in the program that starts the simulation, with a thread of its
/// own, until it is destroyed. The simulated program finds it through MASTER_ADDR (127.0.0.1), MASTER_PORT and
/// TORCHELASTIC_USE_AGENT_STORE (True: the store is already there, whatever the rank).
class Rendezvous {
 public:
  Rendezvous(int world_size, int rank);
  ~Rendezvous();
  Rendezvous(const Rendezvous&) = delete;
  Rendezvous& operator=(const Rendezvous&) = delete;

  /// 0 if it could not be opened; problem() is then a sentence.
  std::uint16_t port() const { return port_; }
  const std::string& problem() const { return problem_; }

 private:
  bool open();
  void serve();
  bool receive(int connection);

  RendezvousStore store_;
  std::uint16_t port_ = 0;
  std::string problem_;
  bool warned_of_gloo_ = false;
  int listener_ = -1;
  int stop_ = -1;                           // an eventfd
  std::map<int, std::string> connections_;  // of the thread: requests that have not come whole
  std::thread thread_;
};

}  // namespace profile_train::simulator
