#include <cstring>

#include "tests/simulator/eight_cards.h"

namespace profile_train::simulator {
namespace {

class RuntimeStream : public EightCards {
 protected:
  static cudaStream_t stream() {
    cudaStream_t made = nullptr;
    EXPECT_EQ(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), cudaSuccess);
    return made;
  }
  static bool capturing(cudaStream_t stream) {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusInvalidated;
    EXPECT_EQ(cudaStreamIsCapturing(stream, &status), cudaSuccess);
    return status == cudaStreamCaptureStatusActive;
  }
};

TEST_F(RuntimeStream, BelongsToTheDeviceItWasMadeOn) {
  ASSERT_EQ(cudaSetDevice(4), cudaSuccess);
  cudaStream_t made = nullptr;
  ASSERT_EQ(cudaStreamCreateWithPriority(&made, cudaStreamNonBlocking, -2), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  int device = -1;
  int priority = 0;
  unsigned flags = 0;
  EXPECT_EQ(cudaStreamGetDevice(made, &device), cudaSuccess);
  EXPECT_EQ(cudaStreamGetPriority(made, &priority), cudaSuccess);
  EXPECT_EQ(cudaStreamGetFlags(made, &flags), cudaSuccess);
  EXPECT_EQ(device, 4);
  EXPECT_EQ(priority, -2);
  EXPECT_EQ(flags, unsigned{cudaStreamNonBlocking});
  EXPECT_EQ(cudaStreamQuery(made), cudaSuccess) << "everything is done when it is launched";
  EXPECT_EQ(cudaStreamDestroy(made), cudaSuccess);
}

TEST_F(RuntimeStream, ADestroyedOneIsRefused) {
  const cudaStream_t made = stream();
  ASSERT_EQ(cudaStreamDestroy(made), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(made), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamSynchronize(made), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamQuery(made), cudaErrorInvalidResourceHandle);
  char byte = 0;
  void* const device = allocate(1);
  EXPECT_EQ(cudaMemcpyAsync(device, &byte, 1, cudaMemcpyHostToDevice, made), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaMemsetAsync(device, 0, 1, made), cudaErrorInvalidResourceHandle);
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, made), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaEventQuery(event), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

TEST_F(RuntimeStream, AHostFunctionIsCalledAtOnce) {
  int calls = 0;
  EXPECT_EQ(cudaLaunchHostFunc(
                nullptr, [](void* count) { ++*static_cast<int*>(count); }, &calls),
            cudaSuccess);
  EXPECT_EQ(calls, 1);
}

TEST_F(RuntimeStream, WhatIsCapturedIsDoneWhenTheGraphIsLaunched) {
  const cudaStream_t made = stream();
  void* const device = allocate(4);
  ASSERT_EQ(cudaMemcpy(device, "old", 4, cudaMemcpyHostToDevice), cudaSuccess);
  const std::uint64_t before = launched();
  ASSERT_EQ(cudaStreamBeginCapture(made, cudaStreamCaptureModeGlobal), cudaSuccess);
  EXPECT_TRUE(capturing(made));
  EXPECT_FALSE(capturing(nullptr));
  launch(made);
  EXPECT_EQ(cudaMemcpyAsync(device, "new", 4, cudaMemcpyHostToDevice, made), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(device, 'x', 4, made), cudaSuccess);
  int calls = 0;
  EXPECT_EQ(cudaLaunchHostFunc(
                made, [](void* count) { ++*static_cast<int*>(count); }, &calls),
            cudaSuccess);
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamEndCapture(made, &graph), cudaSuccess);
  EXPECT_FALSE(capturing(made));
  EXPECT_EQ(launched(), before);
  EXPECT_EQ(calls, 0);
  char text[4] = {};
  EXPECT_EQ(cudaMemcpy(text, device, 4, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_STREQ(text, "old") << "nothing was written yet";

  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(executable, made), cudaSuccess);
  EXPECT_EQ(launched(), before + 1);
  const std::uint64_t reads = unknown_reads();
  EXPECT_EQ(cudaMemcpy(text, device, 4, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(unknown_reads(), reads + 1) << "the graph may have written anywhere";
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_NE(cudaGraphLaunch(executable, made), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(made), cudaSuccess);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

TEST_F(RuntimeStream, AnEventCarriesACaptureToAnotherStream) {
  const cudaStream_t first = stream();
  const cudaStream_t second = stream();
  cudaEvent_t fork = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(first, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  ASSERT_EQ(cudaEventRecord(fork, first), cudaSuccess);
  ASSERT_EQ(cudaStreamWaitEvent(second, fork, 0), cudaSuccess);
  unsigned long long id_of_first = 0;
  unsigned long long id_of_second = 1;
  cudaStreamCaptureStatus status{};
  EXPECT_EQ(cudaStreamGetCaptureInfo(first, &status, &id_of_first, nullptr, nullptr, nullptr, nullptr), cudaSuccess);
  EXPECT_EQ(cudaStreamGetCaptureInfo(second, &status, &id_of_second, nullptr, nullptr, nullptr, nullptr), cudaSuccess);
  EXPECT_EQ(status, cudaStreamCaptureStatusActive);
  EXPECT_EQ(id_of_first, id_of_second);
  const std::uint64_t before = launched();
  launch(second);
  EXPECT_EQ(launched(), before);
  launch(nullptr);
  EXPECT_EQ(launched(), before + 1) << "a stream that is not captured runs";
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamEndCapture(first, &graph), cudaSuccess);
  EXPECT_FALSE(capturing(second));
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaErrorInvalidValue);
  EXPECT_EQ(cudaEventDestroy(fork), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(first), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(second), cudaSuccess);
}

TEST_F(RuntimeStream, TheDefaultStreamIsNotCaptured) {
  EXPECT_EQ(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeGlobal), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamBeginCapture(cudaStreamLegacy, cudaStreamCaptureModeGlobal), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaGetLastError(), cudaErrorStreamCaptureUnsupported);
}

}  // namespace
}  // namespace profile_train::simulator
