#pragma once

namespace profile_train::simulator {

/// Outcome of a simulated call. The numbers are those of CUresult, with which cudaError_t agrees wherever both have
/// one.
enum class Status : int {
  ok = 0,
  invalid_value = 1,
  out_of_memory = 2,
  no_device = 100,
  invalid_device = 101,
  invalid_context = 201,
  invalid_handle = 400,
  not_found = 500,
  not_ready = 600,
  peer_access_already_enabled = 704,
  peer_access_not_enabled = 705,
  launch_failed = 719,
  not_supported = 801,
  stream_capture_unsupported = 900,
  stream_capture_invalidated = 901,
  unknown = 999,
};

}  // namespace profile_train::simulator
