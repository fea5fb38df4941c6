#include "hooks/event_sink.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace profile_train::hooks {
namespace {

Event next(EventSink& sink) {
  Event event;
  EXPECT_EQ(sink.ring.pop({&event, 1}), 1u);
  return event;
}

void record(EventSink& sink, Event event) {
  const ReentryGuard guard;
  ASSERT_TRUE(guard);
  sink.record(event, guard.token());
}

TEST(EventSink, FillsInThreadTimeAndScope) {
  EventSink sink(16, 16, 16);
  sink.begin();
  const NameId block = sink.names.intern("transformer.h.0");
  const NameId mm = sink.names.intern("aten::mm");
  sink.enter(block, ScopeKind::module);
  sink.enter(mm, ScopeKind::op);
  record(sink, {.address = 0x1000, .bytes = 64});
  sink.leave();
  record(sink, {.address = 0x2000, .bytes = 64});
  sink.leave();
  record(sink, {.address = 0x3000, .bytes = 64});

  const Event inside = next(sink);
  EXPECT_EQ(sink.scopes.scope(inside.scope).name, mm);
  EXPECT_EQ(sink.scopes.scope(sink.scopes.scope(inside.scope).parent).name, block);
  const Event after = next(sink);
  EXPECT_EQ(sink.scopes.scope(after.scope).name, block);
  EXPECT_EQ(next(sink).scope, 0u);
  EXPECT_NE(inside.thread, 0u);
  EXPECT_LE(inside.time_ns, after.time_ns);
}

TEST(EventSink, CountsWhatDoesNotFit) {
  EventSink sink(4, 16, 16);
  sink.begin();
  for (int i = 0; i < 7; ++i) record(sink, {.address = 0x1000});
  EXPECT_EQ(sink.dropped_events(), 3u);
  sink.end();
  sink.begin();  // the next session begins empty, with its own counts
  EXPECT_EQ(sink.dropped_events(), 0u);
  Event left;
  EXPECT_EQ(sink.ring.pop({&left, 1}), 0u);
}

TEST(EventSink, KeepsTheParentsScopeWhenTheTableIsFull) {
  EventSink sink(4, 16, 1);
  sink.begin();
  sink.enter(sink.names.intern("a"), ScopeKind::op);
  sink.enter(sink.names.intern("b"), ScopeKind::op);
  record(sink, {});
  sink.leave();
  sink.leave();
  EXPECT_EQ(next(sink).scope, 1u);
  EXPECT_EQ(sink.dropped_scopes(), 1u);
}

TEST(EventSink, ReturnsFromFramesDeeperThanItTellsApart) {
  EventSink sink(4, 16, 1024);
  sink.begin();
  const NameId name = sink.names.intern("recursive");
  for (std::uint32_t i = 0; i < 2 * ThreadState::kMaxDepth; ++i) sink.enter(name, ScopeKind::op);
  for (std::uint32_t i = 0; i < 2 * ThreadState::kMaxDepth; ++i) sink.leave();
  record(sink, {});
  EXPECT_EQ(next(sink).scope, 0u);
}

TEST(EventSink, PutsABackwardNodeUnderTheModuleOfItsForward) {
  EventSink sink(4, 16, 16);
  sink.begin();
  const NameId module = sink.names.intern("transformer.h.3.mlp");
  const NameId node = sink.names.intern("AddmmBackward0");
  sink.enter_backward(module, node);
  record(sink, {});
  sink.leave();
  record(sink, {});
  const Scope backward = sink.scopes.scope(next(sink).scope);
  EXPECT_EQ(backward.name, node);
  EXPECT_EQ(backward.kind, ScopeKind::backward);
  EXPECT_EQ(sink.scopes.scope(backward.parent), (Scope{.parent = 0, .name = module, .kind = ScopeKind::module}));
  EXPECT_EQ(next(sink).scope, 0u);  // one leave() undoes both frames
}

TEST(EventSink, GivesEachThreadItsNumberAndItsOwnScope) {
  EventSink sink(16, 16, 16);
  sink.begin();
  sink.enter(sink.names.intern("outer"), ScopeKind::op);
  record(sink, {});
  std::thread([&] { record(sink, {}); }).join();
  sink.leave();
  const Event here = next(sink);
  const Event there = next(sink);
  EXPECT_NE(here.thread, there.thread);
  EXPECT_NE(here.scope, 0u);
  EXPECT_EQ(there.scope, 0u);
}

TEST(ReentryGuard, AdmitsOnlyTheOuterHook) {
  const ReentryGuard outer;
  EXPECT_TRUE(outer);
  {
    const ReentryGuard inner;
    EXPECT_FALSE(inner);
  }
  const ReentryGuard still_inside;
  EXPECT_FALSE(still_inside);
}

}  // namespace
}  // namespace profile_train::hooks
