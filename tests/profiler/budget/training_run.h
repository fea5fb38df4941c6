#pragma once

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train::test {

/// Five steps with 1,000 B of weights. In each, two blocks keep 300 B of activations each through forward, the head
/// makes 400 B of logits, and backward adds 100 B while all of it is live: a peak of 2,100 B. The optimizer step takes
/// 200 B.
struct RunOptions {
  bool hold_logits = false;  ///< 400 B of logits more live in backward: the caller kept them
  bool leak = false;         ///< 40 B more stay after each step
};

inline Trace training_run(const RunOptions& options = {}) {
  TraceBuilder t;
  t.trace().header.config_name = "sample";
  t.trace().header.device = "cpu";
  t.phase(Phase::init).op("aten::empty").tensor(0x10, "float32", {250}).role(0x10, Role::parameter, "wte").end_phase();
  for (int step = 1; step <= 5; ++step) {
    t.step(step).phase(Phase::forward);
    t.module("h.0.attn").op("aten::softmax").tensor(0x20, "float32", {75});
    t.module("h.1.attn").op("aten::softmax").tensor(0x21, "float32", {75});
    t.module("lm_head").op("aten::linear").tensor(0x30, "float32", {100});
    if (options.hold_logits) t.op("aten::linear").tensor(0x31, "float32", {100});
    t.phase(Phase::backward).module("h.1").backward("SoftmaxBackward0").op("aten::mul").tensor(0x40, "float32", {25});
    if (options.leak) t.op("aten::clone").allocate(static_cast<std::uint64_t>(0x100 + step), 40);
    t.free(0x40).free(0x30).free(0x21).free(0x20);
    if (options.hold_logits) t.free(0x31);
    t.phase(Phase::optimizer_step).no_scope().op("aten::add").tensor(0x50, "float32", {50}).free(0x50);
  }
  return t.build();
}

}  // namespace profile_train::test
