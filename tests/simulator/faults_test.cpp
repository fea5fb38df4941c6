#include "simulator/faults.h"

#include <cuda_runtime_api.h>
#include <cupti.h>
#include <gtest/gtest.h>

#include "cupti_client.h"
#include "simulated_card.h"
#include "simulator/nvml_types.h"

extern "C" nvmlReturn_t nvmlInit_v2();

namespace profile_train::simulator {
namespace {

const bool kSimulated = [] {
  Settings settings = h200_settings();
  settings.faults = "cuptiEnableCallback=35,cuptiActivityFlushAll=x,nvmlInit=9,cuptiRecord=1";
  simulate(settings);
  return true;
}();

TEST(Faults, ACallFailsAsTheSettingsSay) {
  EXPECT_EQ(injected_fault("cuptiEnableCallback"), 35);
  EXPECT_EQ(injected_fault("cuptiEnable"), 0);            // no part of a name
  EXPECT_EQ(injected_fault("cuptiActivityFlushAll"), 0);  // no number
  EXPECT_EQ(nvmlInit_v2(), NVML_ERROR_DRIVER_NOT_LOADED);
}

TEST(Faults, WithoutPrivilegesASubscriberHearsNothing) {
  const CuptiClient client;
  EXPECT_EQ(cuptiEnableCallback(1, client.subscriber, CUPTI_CB_DOMAIN_DRIVER_API, 243),
            CUPTI_ERROR_INSUFFICIENT_PRIVILEGES);
}

TEST(Faults, LostRecordsAreCounted) {
  CuptiClient client;
  client.collect(CUPTI_ACTIVITY_KIND_MEMORY2);
  void* pointer = nullptr;
  ASSERT_EQ(cudaMalloc(&pointer, 1), cudaSuccess);
  std::size_t dropped = 0;
  ASSERT_EQ(cuptiActivityGetNumDroppedRecords(nullptr, 0, &dropped), CUPTI_SUCCESS);
  EXPECT_EQ(dropped, 1U);
  EXPECT_TRUE(client.memory_records().empty());
  ASSERT_EQ(cudaFree(pointer), cudaSuccess);
}

}  // namespace
}  // namespace profile_train::simulator
