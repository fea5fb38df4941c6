#include <gtest/gtest.h>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "program_grid.h"
#include "tests/workloads/temporary_folder.h"
#include "workloads/train.h"

namespace profile_train::test {
namespace {

Summary observed(const TrainingConfig& config) {
  const workloads::TemporaryFolder folder;
  SessionOptions options;
  options.trace_path = folder.path("trace.ptrace");
  options.setup = workloads::setup_of(config);
  {
    Session session(options);
    const auto outcome = workloads::train(config, &session, {});
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    session.stop();
  }
  Result<Trace> trace = read_trace(options.trace_path);
  if (!trace) ADD_FAILURE() << trace.error().message;
  return analyse(std::move(*trace)).summary;
}

}  // namespace

const ProgramUnderTest kProgram{"cpu", observed};

}  // namespace profile_train::test
