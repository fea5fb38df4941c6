#include "simulator/device_attributes.h"

#include <cuda.h>
#include <gtest/gtest.h>

#include "tests/simulator/simulated_card.h"

namespace profile_train::simulator {
namespace {

/// An H200: 2048 threads, 32 blocks, 65,536 registers and 228 KiB of shared memory a multiprocessor.
Card h200() {
  Card card = h200_settings().card;
  card.shared_memory_per_multiprocessor = 233472;
  return card;
}

TEST(Occupancy, IsLimitedByThreads) {
  EXPECT_EQ(resident_blocks(h200(), 1024, 0), 2);  // 2048 / 1024
  EXPECT_EQ(resident_blocks(h200(), 256, 0), 8);   // 2048 / 256
  EXPECT_EQ(resident_blocks(h200(), 96, 0), 21);   // 2048 / 96 = 21.3
  EXPECT_EQ(resident_blocks(h200(), 97, 0), 16);   // warps are whole: 128 threads
}

TEST(Occupancy, IsLimitedByBlocks) {
  EXPECT_EQ(resident_blocks(h200(), 32, 0), 32);  // threads would allow 64
  EXPECT_EQ(resident_blocks(h200(), 1, 0), 32);
  EXPECT_EQ(resident_blocks(h200(), 0, 0), 32);
}

TEST(Occupancy, IsLimitedByRegisters) {
  Card card = h200();
  card.registers_per_multiprocessor = 32768;
  EXPECT_EQ(resident_blocks(card, 256, 0), 4);  // 32768 / (256 · 32)
}

TEST(Occupancy, IsLimitedBySharedMemoryOfWhichTheDriverTakes1KiBABlock) {
  EXPECT_EQ(resident_blocks(h200(), 32, 49152), 4);   // 233472 / (49152 + 1024) = 4.65
  EXPECT_EQ(resident_blocks(h200(), 32, 232448), 1);  // exactly all: 232448 + 1024
  EXPECT_EQ(resident_blocks(h200(), 32, 232449), 0);
  Card t4 = h200();
  t4.compute_major = 7;
  t4.shared_memory_per_multiprocessor = 65536;
  EXPECT_EQ(resident_blocks(t4, 32, 32768), 2) << "before 8.0 it takes none";
}

TEST(DeviceAttributes, CapabilitiesFollowTheGeneration) {
  Settings settings = h200_settings();
  EXPECT_EQ(device_attribute(settings, 0, CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH), 1);
  EXPECT_EQ(device_attribute(settings, 0, CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK), 1024);
  settings.card.compute_major = 7;
  EXPECT_EQ(device_attribute(settings, 0, CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH), 0);
  EXPECT_EQ(device_attribute(settings, 0, CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK), 0);
}

TEST(DeviceAttributes, AdvertiseNothingThatIsNotSimulated) {
  const Settings settings = h200_settings();
  for (const CUdevice_attribute attribute :
       {CU_DEVICE_ATTRIBUTE_MULTICAST_SUPPORTED, CU_DEVICE_ATTRIBUTE_GPU_DIRECT_RDMA_SUPPORTED,
        CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_FABRIC_SUPPORTED, CU_DEVICE_ATTRIBUTE_ECC_ENABLED,
        CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS}) {
    EXPECT_EQ(device_attribute(settings, 0, attribute), 0) << attribute;
  }
  EXPECT_EQ(device_attribute(settings, 0, 100000), 0);
}

TEST(DeviceAttributes, TellDevicesApart) {
  const Settings settings = h200_settings();
  EXPECT_NE(device_attribute(settings, 0, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID),
            device_attribute(settings, 1, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID));
}

}  // namespace
}  // namespace profile_train::simulator
