#include "hooks/calling_library.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "profiler/driver_level.h"

extern "C" void call_driver(void (*callback)(void*), void* argument);

namespace profile_train::hooks {
namespace {

TEST(LibraryName, IsWhatPeopleCallIt) {
  EXPECT_EQ(library_name("/site-packages/torch/lib/libc10_cuda.so"), kCachingAllocator);
  EXPECT_EQ(library_name("/site-packages/torch/lib/libtorch_cuda.so"), "LibTorch");
  EXPECT_EQ(library_name("/nvidia/nccl/lib/libnccl.so.2"), "NCCL");
  EXPECT_EQ(library_name("/nvidia/cudnn/lib/libcudnn_engines_precompiled.so.9"), "cuDNN");
  EXPECT_EQ(library_name("/nvidia/cu13/lib/libcublasLt.so.13"), "cuBLASLt");
  EXPECT_EQ(library_name("/nvidia/cu13/lib/libcublas.so.13"), "cuBLAS");
  EXPECT_EQ(library_name("/opt/lib/libmine.so.3.1"), "libmine");
  EXPECT_EQ(library_name("/opt/bin/train"), "train");
  EXPECT_EQ(library_name(""), "the program");
}

TEST(LibraryName, TheDriverAndWhatLeadsToItAskForOthers) {
  EXPECT_TRUE(is_way_to_driver("/usr/lib/x86_64-linux-gnu/libcuda.so.1"));
  EXPECT_TRUE(is_way_to_driver("/nvidia/cu13/lib/libcudart.so.13"));
  EXPECT_TRUE(is_way_to_driver("/nvidia/cu13/lib/libcupti.so.13"));
  EXPECT_TRUE(is_way_to_driver("/build/lib/libprofile_train_simcuda.so"));
  EXPECT_FALSE(is_way_to_driver("/nvidia/cu13/lib/libcublas.so.13"));
}

void note_library(void* name) { *static_cast<std::string*>(name) = calling_library(); }

using CallAsLibrary = void (*)(void (*callback)(void*), void* argument);

std::string caller_found_from(const char* library) {
  void* const opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(opened, nullptr) << dlerror();  // NOLINT(concurrency-mt-unsafe)
  std::string name = "nothing was called";
  reinterpret_cast<CallAsLibrary>(dlsym(opened, "call_as_library"))(note_library, &name);
  return name;
}

TEST(CallingLibrary, IsTheOneThatCalledTheDriver) {
  EXPECT_EQ(caller_found_from(PROFILE_TRAIN_TEST_LIBRARIES "/libnccl.so"), "NCCL");
  EXPECT_EQ(caller_found_from(PROFILE_TRAIN_TEST_LIBRARIES "/libcudnn_ops.so"), "cuDNN");
  EXPECT_EQ(caller_found_from(PROFILE_TRAIN_TEST_LIBRARIES "/libc10_cuda.so"), kCachingAllocator);
}

TEST(CallingLibrary, IsTheProgramIfItCallsTheDriverItself) {
  std::string name;
  call_driver(note_library, &name);
  EXPECT_EQ(name, "the program");
}

TEST(CallingLibrary, IsNotToldIfTheDriverIsNotOnTheStack) { EXPECT_EQ(calling_library(), ""); }

}  // namespace
}  // namespace profile_train::hooks
