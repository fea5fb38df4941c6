#include "simulator/rendezvous.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/message.h"
#include "simulator/store_protocol.h"

namespace profile_train::simulator {
namespace {

constexpr int kBacklog = 128;
constexpr std::size_t kReadBytes = 16384;

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Rendezvous::Rendezvous(int world_size, int rank) : store_(world_size, rank) {
  if (!open()) {
    problem_ = std::string("no port on this machine for the ranks to meet at: ") + std::strerror(errno);
    return;
  }
  thread_ = std::thread([this] { serve(); });
}

Rendezvous::~Rendezvous() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    static_cast<void>(write(stop_, &one, sizeof one) == sizeof one);
    thread_.join();
  }
  for (const auto& [connection, requests] : connections_) close(connection);
  if (listener_ >= 0) close(listener_);
  if (stop_ >= 0) close(stop_);
}

bool Rendezvous::open() {
  stop_ = eventfd(0, EFD_CLOEXEC);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (stop_ < 0 || listener_ < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, kBacklog) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    return false;
  }
  port_ = ntohs(address.sin_port);
  return true;
}

/// False if the connection is over.
bool Rendezvous::receive(int connection) {
  std::array<char, kReadBytes> bytes{};
  const ssize_t count = recv(connection, bytes.data(), bytes.size(), 0);
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) return false;
  std::string& requests = connections_[connection];
  requests.append(bytes.data(), static_cast<std::size_t>(count));
  std::string answers;
  const Answered answered = answer(requests, store_, answers);
  requests.erase(0, answered.used);
  if (store_.gloo_looks_for_ranks() && !std::exchange(warned_of_gloo_, true)) {
    say("The program uses gloo, whose ranks connect to each other: those that are not there never answer, and what "
        "waits "
        "for them does not end. init_process_group(\"nccl\") does without gloo; with TORCH_GLOO_LAZY_INIT=1 only "
        "collectives of tensors on the host wait.");
  }
  return send_all(connection, answers) && answered.valid;
}

void Rendezvous::serve() {
  while (true) {
    std::vector<pollfd> waiting = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& [connection, requests] : connections_) waiting.push_back({connection, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    if (waiting[0].revents != 0) return;
    for (std::size_t i = 2; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0 || receive(waiting[i].fd)) continue;
      close(waiting[i].fd);
      connections_.erase(waiting[i].fd);
    }
    if (waiting[1].revents == 0) continue;
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) connections_.emplace(connection, std::string());
  }
}

}  // namespace profile_train::simulator
