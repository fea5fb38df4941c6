#pragma once

#include <cupti.h>

#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace profile_train::simulator {

/// A program that uses CUPTI as a profiler does: one subscriber, its callbacks, the records that it is given.
///
/// Buffer functions of CUPTI take no argument of one's own: there is one client at a time.
class CuptiClient {
 public:
  struct Call {
    CUpti_CallbackId id = 0;
    bool enter = false;
    std::uint32_t correlation = 0;
    std::uint64_t shared = 0;        ///< what the entry left for the exit
    CUresult result = CUDA_SUCCESS;  ///< at the exit
    CUdeviceptr address = 0;         ///< at the exit of an allocation: what it gave
  };

  explicit CuptiClient(std::size_t buffer_bytes = 4096);
  ~CuptiClient();
  CuptiClient(const CuptiClient&) = delete;
  CuptiClient& operator=(const CuptiClient&) = delete;

  void watch(CUpti_CallbackId id);
  void collect(CUpti_ActivityKind kind);
  std::vector<CUpti_ActivityMemory4> memory_records();  ///< flushes first
  std::vector<CUpti_ActivityMemoryPool3> pool_records();

  CUpti_SubscriberHandle subscriber = nullptr;
  bool refuses_buffers = false;
  void (*in_callback)() = nullptr;  ///< called in each
  std::vector<Call> calls;          // of one thread
  std::thread::id thread_of_delivery;
  std::size_t buffers_out = 0;  ///< CUPTI's at the moment

 private:
  static void on_call(void* self, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data);
  static void on_request(std::uint8_t** buffer, std::size_t* bytes, std::size_t* max_records);
  static void on_complete(CUcontext context, std::uint32_t stream, std::uint8_t* buffer, std::size_t bytes,
                          std::size_t valid_bytes);

  const std::size_t buffer_bytes_;
  std::mutex mutex_;
  std::vector<CUpti_ActivityMemory4> memory_;
  std::vector<CUpti_ActivityMemoryPool3> pools_;
  std::vector<CUpti_ActivityKind> kinds_;
};

}  // namespace profile_train::simulator
