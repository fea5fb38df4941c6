#include "profiler/scope_path.h"

#include <gmock/gmock.h>

#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

TEST(ScopePath, IsTheInnermostModuleAndTheOutermostOperator) {
  test::TraceBuilder t;
  t.module("transformer.h.0").op("aten::linear").inner_op("aten::addmm").allocate(0x1000, 4);
  const Trace trace = t.build();
  const ScopePaths paths(trace);
  EXPECT_EQ(paths.module(trace.events[0].scope), "transformer.h.0");
  EXPECT_EQ(paths.op(trace.events[0].scope), "aten::linear");
}

TEST(ScopePath, InBackwardTheNodeIsTheOperator) {
  test::TraceBuilder t;
  t.module("lm_head").backward("MmBackward0").op("aten::mm").allocate(0x1000, 4);
  const Trace trace = t.build();
  const ScopePaths paths(trace);
  EXPECT_EQ(paths.module(trace.events[0].scope), "lm_head");
  EXPECT_EQ(paths.op(trace.events[0].scope), "MmBackward0");
}

TEST(ScopePath, AModuleInsideAModuleIsTheOneThatCounts) {
  Trace trace;
  trace.names = {"", "transformer", "transformer.wte", "aten::embedding"};
  trace.scopes = {Scope{}, Scope{0, 1, ScopeKind::module}, Scope{1, 2, ScopeKind::module}, Scope{2, 3, ScopeKind::op}};
  const ScopePaths paths(trace);
  EXPECT_EQ(paths.module(3), "transformer.wte");
  EXPECT_EQ(paths.op(3), "aten::embedding");
  EXPECT_EQ(paths.op(2), "");
}

TEST(ScopePath, TheRootAndIdsThatDoNotExistHaveNoNames) {
  const Trace trace;
  const ScopePaths paths(trace);
  EXPECT_EQ(paths.module(0), "");
  EXPECT_EQ(paths.op(77), "");
}

}  // namespace
}  // namespace profile_train
