#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "simulator/rendezvous_store.h"

namespace profile_train::simulator {

/// What came of the bytes of one connection.
struct Answered {
  std::size_t used = 0;  ///< bytes of whole requests; the rest of a request is still to come
  bool valid = true;     ///< false: not the protocol, the connection is to be closed
};

/// Answers requests in the wire protocol of c10d::TCPStore, as LibTorch 2.1 to 2.11 speak it. Numbers are little-endian
/// 64-bit, a string is its length and its bytes. A request is one byte of kind and its arguments; the first of a
/// connection names the protocol. Nobody is kept waiting: see RendezvousStore.
Answered answer(std::string_view requests, RendezvousStore& store, std::string& answers);

}  // namespace profile_train::simulator
