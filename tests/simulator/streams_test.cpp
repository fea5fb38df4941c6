#include "simulator/streams.h"

#include <gtest/gtest.h>

#include <set>

namespace profile_train::simulator {
namespace {

CaptureState state(const Streams& streams, Handle stream, int device = 0) {
  Capture capture;
  EXPECT_EQ(streams.capture(stream, device, capture), Status::ok);
  return capture.state;
}

TEST(Streams, RemembersWhatAStreamWasMadeWith) {
  Streams streams(2);
  const Handle stream = streams.create_stream(1, 1, -3);
  int device = -1;
  int priority = 0;
  unsigned flags = 0;
  EXPECT_EQ(streams.device(stream, 0, device), Status::ok);
  EXPECT_EQ(streams.priority(stream, priority), Status::ok);
  EXPECT_EQ(streams.flags(stream, flags), Status::ok);
  EXPECT_EQ(device, 1);
  EXPECT_EQ(priority, -3);
  EXPECT_EQ(flags, 1U);
  for (const Handle standard : {Handle{0}, Handle{1}, Handle{2}}) {
    EXPECT_EQ(streams.device(standard, 1, device), Status::ok);
    EXPECT_EQ(device, 1) << "a default stream is the current device's";
  }
}

TEST(Streams, EveryHandleIsItsOwn) {
  Streams streams(1);
  const Handle graph = streams.create_graph();
  Handle executable = 0;
  ASSERT_EQ(streams.instantiate(graph, executable), Status::ok);
  const std::set<Handle> handles = {streams.create_stream(0, 0, 0), streams.create_stream(0, 0, 0),
                                    streams.create_event(0), graph, executable};
  EXPECT_EQ(handles.size(), 5U);
  EXPECT_GT(*handles.begin(), 2U) << "the first three are the default streams";
}

TEST(Streams, KnowsNoHandleAfterItsEnd) {
  Streams streams(1);
  const Handle stream = streams.create_stream(0, 0, 0);
  const Handle event = streams.create_event(0);
  EXPECT_EQ(streams.check_event(stream), Status::invalid_handle) << "a stream is no event";
  EXPECT_EQ(streams.destroy_stream(stream), Status::ok);
  EXPECT_EQ(streams.destroy_stream(stream), Status::invalid_handle);
  EXPECT_EQ(streams.check_stream(stream), Status::invalid_handle);
  EXPECT_EQ(streams.record(event, stream, 0), Status::invalid_handle);
  EXPECT_EQ(streams.wait(stream, event, 0), Status::invalid_handle);
  EXPECT_EQ(streams.begin_capture(stream, 0), Status::invalid_handle);
  int number = 0;
  unsigned flags = 0;
  Capture capture;
  EXPECT_EQ(streams.device(stream, 0, number), Status::invalid_handle);
  EXPECT_EQ(streams.priority(stream, number), Status::invalid_handle);
  EXPECT_EQ(streams.flags(stream, flags), Status::invalid_handle);
  EXPECT_EQ(streams.capture(stream, 0, capture), Status::invalid_handle);
  EXPECT_EQ(streams.destroy_event(event), Status::ok);
  EXPECT_EQ(streams.destroy_event(event), Status::invalid_handle);
  EXPECT_EQ(streams.check_event(event), Status::invalid_handle);
  EXPECT_EQ(streams.record(event, 0, 0), Status::invalid_handle);
  EXPECT_EQ(streams.destroy_stream(0), Status::invalid_handle) << "the default stream is nobody's to destroy";
}

TEST(Streams, TimePassesBetweenEvents) {
  Streams streams(1);
  const Handle begin = streams.create_event(0);
  const Handle end = streams.create_event(0);
  float milliseconds = -1.0F;
  ASSERT_EQ(streams.record(begin, 0, 0), Status::ok);
  EXPECT_EQ(streams.elapsed(begin, end, milliseconds), Status::invalid_handle) << "the second was never recorded";
  ASSERT_EQ(streams.record(end, 0, 0), Status::ok);
  EXPECT_EQ(streams.elapsed(begin, end, milliseconds), Status::ok);
  EXPECT_GE(milliseconds, 0.0F);
}

TEST(Streams, AStreamThatWaitsForCapturedWorkIsCaptured) {
  Streams streams(1);
  const Handle first = streams.create_stream(0, 0, 0);
  const Handle second = streams.create_stream(0, 0, 0);
  const Handle third = streams.create_stream(0, 0, 0);
  const Handle before = streams.create_event(0);
  const Handle event = streams.create_event(0);
  ASSERT_EQ(streams.record(before, first, 0), Status::ok);
  ASSERT_EQ(streams.begin_capture(first, 0), Status::ok);
  EXPECT_TRUE(streams.any_capture());
  EXPECT_EQ(state(streams, first), CaptureState::active);

  ASSERT_EQ(streams.wait(second, before, 0), Status::ok);
  EXPECT_EQ(state(streams, second), CaptureState::none) << "what was recorded before is no captured work";
  ASSERT_EQ(streams.record(event, first, 0), Status::ok);
  ASSERT_EQ(streams.wait(second, event, 0), Status::ok);
  EXPECT_EQ(state(streams, second), CaptureState::active);
  ASSERT_EQ(streams.record(before, second, 0), Status::ok);
  ASSERT_EQ(streams.wait(third, before, 0), Status::ok);
  EXPECT_EQ(state(streams, third), CaptureState::active) << "through the second";
  EXPECT_EQ(state(streams, 0), CaptureState::none);

  Handle graph = 0;
  ASSERT_EQ(streams.end_capture(first, 0, graph), Status::ok);
  EXPECT_FALSE(streams.any_capture());
  for (const Handle stream : {first, second, third}) EXPECT_EQ(state(streams, stream), CaptureState::none);
  ASSERT_EQ(streams.wait(second, event, 0), Status::ok);
  EXPECT_EQ(state(streams, second), CaptureState::none) << "the capture of the event has ended";
}

TEST(Streams, CapturesSideBySideStayApart) {
  Streams streams(1);
  const Handle first = streams.create_stream(0, 0, 0);
  const Handle second = streams.create_stream(0, 0, 0);
  ASSERT_EQ(streams.begin_capture(first, 0), Status::ok);
  ASSERT_EQ(streams.begin_capture(second, 0), Status::ok);
  Handle graph_of_first = 0;
  Handle graph_of_second = 0;
  ASSERT_EQ(streams.end_capture(first, 0, graph_of_first), Status::ok);
  EXPECT_EQ(state(streams, second), CaptureState::active);
  EXPECT_TRUE(streams.any_capture());
  ASSERT_EQ(streams.end_capture(second, 0, graph_of_second), Status::ok);
  EXPECT_NE(graph_of_first, graph_of_second);
  EXPECT_FALSE(streams.any_capture());
}

TEST(Streams, RefusesCapturesThatTheDriverRefuses) {
  Streams streams(1);
  Handle graph = 0;
  EXPECT_EQ(streams.begin_capture(0, 0), Status::stream_capture_unsupported) << "the legacy default stream";
  EXPECT_EQ(streams.begin_capture(1, 0), Status::stream_capture_unsupported) << "the same by its name";
  const Handle stream = streams.create_stream(0, 0, 0);
  EXPECT_NE(streams.end_capture(stream, 0, graph), Status::ok) << "none was begun";
  ASSERT_EQ(streams.begin_capture(stream, 0), Status::ok);
  EXPECT_EQ(streams.begin_capture(stream, 0), Status::stream_capture_unsupported) << "twice";
  ASSERT_EQ(streams.end_capture(stream, 0, graph), Status::ok);
  EXPECT_NE(streams.end_capture(stream, 0, graph), Status::ok);
}

TEST(Streams, GraphsAndTheirExecutablesAreDifferentThings) {
  Streams streams(1);
  const Handle graph = streams.create_graph();
  Handle executable = 0;
  ASSERT_EQ(streams.instantiate(graph, executable), Status::ok);
  Handle another = 0;
  EXPECT_EQ(streams.instantiate(executable, another), Status::invalid_value);
  EXPECT_EQ(streams.check_executable(executable), Status::ok);
  EXPECT_EQ(streams.check_executable(graph), Status::invalid_value);
  EXPECT_EQ(streams.destroy_executable(graph), Status::invalid_value);
  EXPECT_EQ(streams.destroy_graph(executable), Status::invalid_value);
  EXPECT_EQ(streams.destroy_graph(graph), Status::ok);
  EXPECT_EQ(streams.check_executable(executable), Status::ok) << "outlives the graph it is from";
  EXPECT_EQ(streams.destroy_executable(executable), Status::ok);
  EXPECT_EQ(streams.check_executable(executable), Status::invalid_value);
}

}  // namespace
}  // namespace profile_train::simulator
