#include "profiler/import/import_snapshot.h"

#include <gmock/gmock.h>

#include <string>

#include "profiler/analysis.h"
#include "profiler/budget/figure.h"
#include "profiler/scope_path.h"
#include "tests/profiler/import/snapshot_builder.h"

namespace profile_train::import {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using P = test::PickleBytes;
using test::SnapshotBuilder;

constexpr std::uint64_t kHeap = 0x2000'0000'0000;
constexpr std::int64_t kMiB = 1 << 20;

const std::string kSite = "/usr/lib/python3.11/site-packages/";
const SnapshotBuilder::Stack kMain = {"/home/me/train.py:30:main", "/home/me/train.py:99:<module>"};

/// PyTorch's frames inside, the program's outside.
SnapshotBuilder::Stack in(const std::vector<std::string>& torch) {
  SnapshotBuilder::Stack stack;
  for (const std::string& frame : torch) stack.push_back(kSite + "torch/" + frame);
  stack.insert(stack.end(), kMain.begin(), kMain.end());
  return stack;
}
const SnapshotBuilder::Stack kInit = in({"nn/modules/module.py:900:_apply", "nn/modules/module.py:950:cuda"});
const SnapshotBuilder::Stack kForward =
    in({"nn/modules/linear.py:134:forward", "nn/modules/module.py:1790:_call_impl"});
const SnapshotBuilder::Stack kLoss = in({"nn/functional.py:3494:cross_entropy"});
const SnapshotBuilder::Stack kBackward = in({"autograd/graph.py:800:_engine_run_backward", "_tensor.py:600:backward"});
const SnapshotBuilder::Stack kOptimizer = in({"optim/adamw.py:150:_init_group", "optim/optimizer.py:500:step"});
const SnapshotBuilder::Stack kZeroGrad = in({"optim/optimizer.py:1000:zero_grad"});

Analysis imported(const SnapshotBuilder& builder) {
  auto trace = import_snapshot(builder.build(), "snapshot.pickle");
  if (!trace) throw std::runtime_error(trace.error().message);
  return analyse(std::move(*trace));
}

std::string error_of(const P::Bytes& value) {
  const auto trace = import_snapshot(P::file(value), "snapshot.pickle");
  return trace ? "no error" : trace.error().message;
}

/// One weight of 4,096 B, its gradient, two states, a batch and an activation, three steps.
SnapshotBuilder training() {
  SnapshotBuilder t;
  t.stack(kInit).alloc(kHeap, 4096);
  for (std::uint64_t step = 0; step < 3; ++step) {
    t.stack(kMain).alloc(kHeap + 0x10000, 512);
    t.stack(kForward).alloc(kHeap + 0x20000, 2048).alloc(kHeap + 0x30000, 100).free(kHeap + 0x30000, 100);
    t.stack(kLoss).alloc(kHeap + 0x40000, 4);
    t.stack(kBackward).alloc(kHeap + 0x50000, 4096).free(kHeap + 0x20000, 2048);
    t.stack(kOptimizer);
    if (step == 0) t.alloc(kHeap + 0x60000, 4096).alloc(kHeap + 0x70000, 4096);
    t.alloc(kHeap + 0x80000, 4096).free(kHeap + 0x80000, 4096);
    t.stack(kZeroGrad).free(kHeap + 0x50000, 4096);
    t.stack(kMain).free(kHeap + 0x10000, 512).free(kHeap + 0x40000, 4);
  }
  t.segment(kHeap, kMiB, {{kHeap, 4096, 4096}, {kHeap + 0x60000, 4096, 4096}, {kHeap + 0x70000, 4096, 4096}});
  return t;
}

TEST(ImportSnapshot, InfersPhasesStepsAndCategories) {
  const Analysis analysis = imported(training());
  const Summary& summary = analysis.summary;
  EXPECT_EQ(summary.peak.requested_bytes,
            4 * 4096 + 4096 + 512 + 4);  // weight, states, gradient, temporary; batch; loss
  EXPECT_EQ(summary.peak.phase, Phase::optimizer_step);
  EXPECT_EQ(at(summary.peak.by_category, Category::weights), 4096);
  EXPECT_EQ(at(summary.peak.by_category, Category::gradients), 4096);
  EXPECT_EQ(at(summary.peak.by_category, Category::optimizer_state), 8192);
  EXPECT_EQ(at(summary.peak.by_category, Category::temporary), 4096);
  EXPECT_EQ(at(summary.peak.by_category, Category::inputs), 512);
  EXPECT_EQ(at(summary.peak.by_category, Category::unknown), 0);
  ASSERT_EQ(summary.steps.size(), 3U);
  EXPECT_EQ(summary.steps[1].peak.requested_bytes, summary.peak.requested_bytes);
  EXPECT_THAT(summary.inferred, HasSubstr("inferred from stack frames"));
  EXPECT_THAT(summary.warnings, Contains(summary.inferred));
  EXPECT_THAT(summary.losses.unmatched_frees, 0U);
  EXPECT_THAT(summary.footer.limitation, IsEmpty());
}

TEST(ImportSnapshot, ActivationsAreWhatForwardLeavesToBackward) {
  const Analysis analysis = imported(training());
  Bytes activations = 0;
  for (const Allocation& a : analysis.allocations)
    if (a.category == Category::activations) activations += a.bytes;
  EXPECT_EQ(activations, 3 * (2048 + 4));
}

TEST(ImportSnapshot, LinesOfTheProgramStandInThePlaceOfModules) {
  const Analysis analysis = imported(training());
  const ScopePaths paths(analysis.trace);
  const Allocation& activation = analysis.allocations[2];
  EXPECT_EQ(paths.module(activation.scope), "train.py:30 main");
  EXPECT_EQ(paths.op(activation.scope), "torch/nn/modules/linear.py:134 forward");
}

TEST(ImportSnapshot, FramesOfCppNameOperatorsAndNodes) {
  SnapshotBuilder t;
  t.stack({"??:0:at::detail::empty_cuda(long)", "??:0:at::_ops::mm::redispatch(c10::DispatchKeySet, at::Tensor const&)",
           "??:0:at::_ops::mm::call(at::Tensor const&)",
           "??:0:torch::autograd::generated::MmBackward0::apply(std::vector<int>&&)",
           "??:0:torch::autograd::Engine::thread_main(int)"});
  t.alloc(kHeap, 64).segment(kHeap, kMiB, {{kHeap, 512, 64}});
  const Analysis analysis = imported(t);
  const ScopePaths paths(analysis.trace);
  EXPECT_EQ(paths.op(analysis.allocations[0].scope), "MmBackward0");
  EXPECT_EQ(analysis.allocations[0].born_phase, Phase::backward);
  EXPECT_THAT(analysis.trace.names, Contains("aten::mm"));
  EXPECT_EQ(analysis.trace.scopes.size(), 3U) << "call and redispatch are one operator";
}

TEST(ImportSnapshot, WhatWasThereBeforeTheHistoryIsCarriedIn) {
  SnapshotBuilder t;
  t.stack(kMain);
  t.free(kHeap, 1000);  // released, never allocated: it was there
  t.alloc(kHeap, 300);  // the same place, another block
  t.event("segment_alloc", kHeap + 4 * kMiB, 2 * kMiB);
  t.event("segment_free", kHeap + 8 * kMiB, 2 * kMiB);
  t.segment(kHeap, 2 * kMiB, {{kHeap, 512, 300}, {kHeap + 512, 2048, 2000}});  // 2,000 B: never mentioned
  t.segment(kHeap + 4 * kMiB, 2 * kMiB, {});
  const Analysis analysis = imported(t);
  EXPECT_EQ(analysis.summary.carried_in_bytes, 3000);
  EXPECT_EQ(analysis.summary.carried_in_allocations, 2);
  EXPECT_EQ(analysis.summary.alive_at_end_bytes, 2300);
  EXPECT_EQ(analysis.summary.peak.requested_bytes, 3000);
  const DeviceTotals& device = analysis.summary.devices.front();
  EXPECT_EQ(device.reserved_peak_bytes, 6 * kMiB);  // two at the beginning, one more came before one went
  EXPECT_EQ(device.reserved_bytes, 4 * kMiB);
  EXPECT_THAT(analysis.summary.footer.limitation, IsEmpty());
}

TEST(ImportSnapshot, CarriedInBlocksOfTheSizeOfGradientsAreWeightsAndStates) {
  SnapshotBuilder t;
  std::vector<SnapshotBuilder::Block> blocks;
  for (std::uint64_t i = 0; i < 4; ++i) blocks.push_back({kHeap + 0x1000 * i, 4096, 4096});  // weight, states, one more
  for (int step = 0; step < 2; ++step) {
    t.stack(kForward).alloc(kHeap + 0x20000, 100);
    t.stack(kBackward).alloc(kHeap + 0x30000, 4096).free(kHeap + 0x20000, 100);
    t.stack(kOptimizer).alloc(kHeap + 0x40000, 8).free(kHeap + 0x40000, 8);
    t.stack(kZeroGrad).free(kHeap + 0x30000, 4096);
  }
  t.segment(kHeap, kMiB, blocks);
  const BytesByCategory by_category = imported(t).summary.peak.by_category;
  EXPECT_EQ(at(by_category, Category::weights), 4096);
  EXPECT_EQ(at(by_category, Category::optimizer_state), 8192);
  EXPECT_EQ(at(by_category, Category::unknown), 4096) << "no gradient speaks for the fourth";
}

TEST(ImportSnapshot, AllocationsWithoutFramesAreOfTheAutogradEngine) {
  SnapshotBuilder t;
  t.stack(kForward).alloc(kHeap, 64).alloc(kHeap + 512, 64);
  t.stack({}).alloc(kHeap + 1024, 64);
  t.segment(kHeap, kMiB, {{kHeap, 512, 64}, {kHeap + 512, 512, 64}, {kHeap + 1024, 512, 64}});
  EXPECT_EQ(imported(t).allocations[2].born_phase, Phase::backward);
}

TEST(ImportSnapshot, WithoutStacksNothingIsMadeUp) {
  SnapshotBuilder t;
  t.alloc(kHeap, 64).alloc(kHeap + 512, 64).segment(kHeap, kMiB, {{kHeap, 512, 64}, {kHeap + 512, 512, 64}});
  const Summary summary = imported(t).summary;
  EXPECT_EQ(summary.peak.requested_bytes, 128);
  EXPECT_EQ(at(summary.peak.by_category, Category::unknown), 128);
  EXPECT_THAT(summary.steps, IsEmpty());
  EXPECT_THAT(summary.inferred, HasSubstr("without stack frames"));
}

TEST(ImportSnapshot, StreamsBecomeArenas) {
  SnapshotBuilder t;
  t.event("segment_alloc", kHeap, kMiB, 0x77).event("alloc", kHeap, 64, 0x77);
  t.segment(kHeap, kMiB, {{kHeap, 512, 64}}, false, 0x77);
  const auto trace = import_snapshot(t.build(), "snapshot.pickle");
  ASSERT_TRUE(trace);
  ASSERT_EQ(trace->events[0].kind, EventKind::arena);
  EXPECT_EQ(trace->events[0].address, 0x77U);
  EXPECT_EQ(trace->events[1].detail, trace->events[0].detail);
  EXPECT_EQ(trace->events[2].detail, trace->events[0].detail);
}

TEST(ImportSnapshot, HistoryAndStateThatDisagreeAreReported) {
  SnapshotBuilder t;
  t.alloc(kHeap, 64).segment(kHeap, kMiB, {});
  EXPECT_THAT(imported(t).summary.warnings, Contains(HasSubstr("disagree about 1 blocks")));
}

TEST(ImportSnapshot, AStateWithoutAHistoryTellsNoPeak) {
  SnapshotBuilder t;
  t.segment(kHeap, kMiB, {{kHeap, 512, 64}});
  EXPECT_THAT(imported(t).summary.warnings, Contains(HasSubstr("no history")));
  EXPECT_THAT(why_not_sound(imported(t).summary), ElementsAre(HasSubstr("no history")));
}

TEST(ImportSnapshot, OtherPicklesAreToldWhatASnapshotIs) {
  EXPECT_THAT(error_of(P::list({})), HasSubstr("is a pickle, but not a memory snapshot"));
  EXPECT_THAT(error_of(P::dict({{"segments", P::list({})}})), HasSubstr("not a memory snapshot"));
  EXPECT_THAT(error_of(P::dict({{"segments", P::list({})}, {"device_traces", P::list({P::list({})})}})),
              AllOf(HasSubstr("no history"), HasSubstr("_record_memory_history()")));
}

/// A snapshot with one event, made from these entries.
P::Bytes with_event(const std::vector<std::pair<std::string_view, P::Bytes>>& entries) {
  return P::dict({{"segments", P::list({})}, {"device_traces", P::list({P::list({P::dict(entries)})})}});
}

TEST(ImportSnapshot, MissingAndWrongValuesAreNamedWithTheirPlace) {
  EXPECT_THAT(error_of(with_event({{"action", P::text("alloc")}})), HasSubstr("device_traces[0][0] has no 'addr'"));
  EXPECT_THAT(error_of(with_event({{"addr", P::integer(1)}})), HasSubstr("device_traces[0][0] has no 'action'"));
  EXPECT_THAT(error_of(with_event({{"action", P::text("alloc")}, {"addr", P::text("x")}})),
              HasSubstr("device_traces[0][0]['addr'] is of type str, not int"));
  EXPECT_THAT(error_of(with_event({{"action", P::text("alloc")}, {"addr", P::integer(1)}, {"size", P::integer(-5)}})),
              HasSubstr("device_traces[0][0]['size'] is -5"));
  EXPECT_THAT(error_of(with_event({{"action", P::text("teleport")}})),
              HasSubstr("has the action 'teleport', which this version does not know"));
  EXPECT_THAT(error_of(with_event({{"action", P::text("alloc")},
                                   {"addr", P::integer(1)},
                                   {"size", P::integer(5)},
                                   {"frames", P::list({P::dict({{"name", P::text("f")}})})}})),
              HasSubstr("device_traces[0][0]['frames'][0] has no 'filename'"));
  EXPECT_THAT(error_of(P::dict({{"segments", P::list({P::integer(3)})}, {"device_traces", P::list({})}})),
              HasSubstr("segments[0] is of type int, not dict"));
  EXPECT_THAT(error_of(P::dict({{"segments", P::integer(3)}, {"device_traces", P::list({})}})),
              HasSubstr("segments is of type int, not list"));
}

TEST(ImportSnapshot, DataThatIsSharedWithinItselfDoesNotTakeForever) {
  // An event in a list, and a million references to that list: as many events as no honest file of this size has.
  P::Bytes events = {']', 0x94, '('};  // memo 0
  const auto event = P::dict({{"action", P::text("snapshot")}});
  for (int i = 0; i < 10'000; ++i) {
    if (i == 0) {
      events.insert(events.end(), event.begin(), event.end());
      events.push_back(0x94);  // memo 1
    } else {
      events.insert(events.end(), {'h', 1});
    }
  }
  events.push_back('e');
  P::Bytes traces = {']', '('};
  traces.insert(traces.end(), events.begin(), events.end());
  for (int i = 0; i < 200; ++i) traces.insert(traces.end(), {'h', 0});
  traces.push_back('e');
  EXPECT_THAT(error_of(P::dict({{"segments", P::list({})}, {"device_traces", traces}})),
              HasSubstr("repeats the same data again and again"));
}

TEST(ImportSnapshot, ADictionaryWithManyKeysIsNoEvent) {
  std::vector<std::pair<std::string_view, P::Bytes>> entries(1'000, {"x", P::none()});
  EXPECT_THAT(error_of(with_event(entries)), HasSubstr("has 1000 keys"));
}

}  // namespace
}  // namespace profile_train::import
