#include <ATen/Context.h>
#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <gtest/gtest.h>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "program_grid.h"
#include "tests/workloads/temporary_folder.h"
#include "workloads/device.h"
#include "workloads/train.h"

namespace profile_train::test {
namespace {

Summary observed(const TrainingConfig& config) {
  const workloads::TemporaryFolder folder;
  const Result<void> ready = workloads::prepare_device(config.device);
  if (!ready) ADD_FAILURE() << ready.error().message;
  at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  at::cuda::clearCublasWorkspaces();  // of the run before: the model begins with the session
  c10::cuda::CUDACachingAllocator::resetPeakStats(0);
  SessionOptions options;
  options.trace_path = folder.path("trace.ptrace");
  options.device = config.device;
  options.setup = workloads::setup_of(config);
  {
    Session session(options);
    const auto outcome = workloads::train(config, &session, {});
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    session.stop();
  }
  Result<Trace> trace = read_trace(options.trace_path);
  if (!trace) ADD_FAILURE() << trace.error().message;
  Summary summary = analyse(std::move(*trace)).summary;
  EXPECT_EQ(summary.peak.requested_bytes, c10::cuda::CUDACachingAllocator::getDeviceStats(0).requested_bytes[0].peak);
  EXPECT_EQ(at(summary.peak.by_category, Category::unknown), 0);
  for (const PhaseSummary& phase : summary.phases) EXPECT_EQ(at(phase.end_by_category, Category::unknown), 0);
  return summary;
}

}  // namespace

const ProgramUnderTest kProgram{"cuda", observed};

}  // namespace profile_train::test
