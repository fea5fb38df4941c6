#include "tests/reports/exports/export_traces.h"

#include "tests/profiler/trace_builder.h"

namespace profile_train::test {
namespace {

constexpr std::uint64_t kHeap = 0x2000'0000'0000;
constexpr Bytes kMiB = 1 << 20;

class CardTraceBuilder {
 public:
  Trace make() {
    t.trace().header.device = "cuda:0 \"simulated\"";
    t.trace().header.process_id = 4711;
    t.trace().header.command = "train.py --note a,b;c";
    t.device(DeviceType::cuda);
    event(EventKind::arena, 0x77, 3, 1);  // a stream of the program's, pool 3 of a CUDA graph
    event(EventKind::arena, 0x88, -5, 2);
    event(EventKind::segment_allocate, kHeap, 2 * kMiB, 0);
    t.carried_in(kHeap, 1000);
    t.phase(Phase::init).module("net.up").op("aten::empty").allocate(kHeap + 1024, 262'144);
    t.role(kHeap + 1024, Role::parameter, "net.up.weight").describe(kHeap + 1024, "float32", {256, 256});
    event(EventKind::segment_map, kHeap + 64 * kMiB, 2 * kMiB, 2);
    event(EventKind::segment_map, kHeap + 66 * kMiB, 2 * kMiB, 2);
    t.module("net").op("aten::zeros");
    event(EventKind::allocate, kHeap + 64 * kMiB, 3 * kMiB, 2);  // over both parts
    for (int step = 1; step <= 2; ++step) train(step);
    t.device(DeviceType::cpu).no_scope().op("aten::randperm").allocate(0x5000, 777).device(DeviceType::cuda);
    t.out_of_memory(1'000 * kMiB, 512 * kMiB);
    t.free(kHeap + 40 * kMiB);  // nobody allocated it
    event(EventKind::segment_unmap, kHeap + 67 * kMiB, kMiB, 2);
    event(EventKind::segment_free, kHeap + 128 * kMiB, 20 * kMiB, 1);
    return t.build();
  }

 private:
  void event(EventKind kind, std::uint64_t address, Bytes bytes, std::uint8_t arena) {
    t.segment(address, bytes, kind);
    t.trace().events.back().detail = arena;
  }

  void train(int step) {
    t.step(step);
    t.phase(Phase::forward).module("net.a,b\"c;d").op("aten::mm").allocate(kHeap + 300'000, 40'000);
    if (step == 1) event(EventKind::segment_allocate, kHeap + 128 * kMiB, 20 * kMiB, 1);
    event(EventKind::allocate, kHeap + 128 * kMiB, 5 * kMiB, 1);
    t.phase(Phase::backward).module("net.up").backward("AddmmBackward0").op("aten::mm");
    t.allocate(kHeap + 600'064, 262'144);
    t.role(kHeap + 600'064, Role::gradient, "net.up.weight");
    event(EventKind::free_requested, kHeap + 128 * kMiB, 0, 0);
    t.allocate(kHeap + 900'096, 12'345).free(kHeap + 900'096);
    t.free(kHeap + 128 * kMiB);  // the stream is done with it
    t.free(kHeap + 300'000);
    t.phase(Phase::zero_grad);
    if (step == 1) t.free(kHeap + 600'064);  // in step 2 its release is lost, and its address used again
    if (step == 2) t.op("aten::zeros").allocate(kHeap + 600'064, 512);
    t.end_step();
  }

  TraceBuilder t;
};

}  // namespace

Trace card_trace() { return CardTraceBuilder().make(); }

Trace inferred_trace() {
  Trace trace = card_trace();
  trace.inferred = "Roles are inferred from stack frames.";
  return trace;
}

Trace replayed_trace() {
  TraceBuilder t;
  t.device(DeviceType::cuda);
  t.step(1).phase(Phase::forward).module("net").op("aten::mm");
  t.segment(kHeap, 20 * kMiB).allocate(kHeap, 39 * kMiB / 2);
  t.segment(kHeap + 32 * kMiB, 2 * kMiB).allocate(kHeap + 32 * kMiB, 100).allocate(kHeap + 32 * kMiB + 512, 1000);
  t.trace().events.push_back(  // a stream still uses it when the trace ends
      {.address = kHeap + 32 * kMiB, .kind = EventKind::free_requested, .device = DeviceType::cuda});
  return t.build();
}

Trace long_trace(int rounds) {
  TraceBuilder t;
  t.device(DeviceType::cuda);
  t.segment(kHeap, 2 * kMiB);
  t.step(1).phase(Phase::forward).module("net.block").op("aten::mm");
  for (int round = 0; round < rounds; ++round) {
    for (std::uint64_t i = 0; i < 4; ++i) t.allocate(kHeap + 4096 * i, static_cast<Bytes>(1000 + i));
    for (std::uint64_t i = 0; i < 4; ++i) t.free(kHeap + 4096 * i);
  }
  return t.build();
}

}  // namespace profile_train::test
