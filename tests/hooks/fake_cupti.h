#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "hooks/cupti_api.h"

namespace profile_train::hooks::test {

/// A CUPTI whose every answer a test decides. One at a time: CUPTI's functions take no argument of one's own.
class FakeCupti {
 public:
  FakeCupti();
  ~FakeCupti();
  FakeCupti(const FakeCupti&) = delete;
  FakeCupti& operator=(const FakeCupti&) = delete;

  CuptiApi api;  ///< its functions are those of this object; a test may take some away

  // What they answer.
  CUptiResult version_result = CUPTI_SUCCESS;
  std::uint32_t version = 130'001;
  int driver_version = 13'000;
  CUptiResult subscribe_result = CUPTI_SUCCESS;
  std::string holder;
  CUptiResult enable_callback_result = CUPTI_SUCCESS;
  CUptiResult register_result = CUPTI_SUCCESS;
  CUptiResult enable_records_result = CUPTI_SUCCESS;
  CUptiResult flush_result = CUPTI_SUCCESS;
  std::size_t dropped = 0;
  std::uint32_t device = 0;  ///< of every context

  // What they were asked.
  std::string subscriber_name;
  std::set<CUpti_CallbackId> watched;
  std::set<CUpti_ActivityKind> collected;
  int device_questions = 0;
  bool subscribed = false;

  /// The driver's call returns, with `params`, having succeeded unless told otherwise.
  void returns(CUpti_CallbackId call, const void* params, CUresult result = CUDA_SUCCESS, std::uint32_t context = 1,
               CUpti_ApiCallbackSite site = CUPTI_API_EXIT);
  void allocates(CUdeviceptr address, std::size_t bytes, CUresult result = CUDA_SUCCESS, std::uint32_t context = 1);
  void releases(CUdeviceptr address);

  /// Asks for a buffer and gives it back with these records in it; false if none was to be had.
  bool deliver(const std::vector<CUpti_ActivityMemory4>& records);

  CUpti_BuffersCallbackRequestFunc request = nullptr;
  CUpti_BuffersCallbackCompleteFunc complete = nullptr;

 private:
  CUpti_CallbackFunc callback_ = nullptr;
  void* userdata_ = nullptr;
};

}  // namespace profile_train::hooks::test
