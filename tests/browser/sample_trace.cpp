#include "sample_trace.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "trace_builder.h"

namespace profile_train {
namespace {

constexpr std::int64_t kB = 1, kS = 256, kH = 768, kA = 12, kF = 4 * kH, kV = 50257, kT = 1024, kL = 12;
using Sizes = std::vector<std::int64_t>;
using Address = TraceBuilder::Address;

struct Parameter {
  std::string name;
  Sizes sizes;
  Address address = 0;
  Address gradient = 0;
};

std::vector<Parameter> gpt2_parameters() {
  std::vector<Parameter> all = {{"transformer.wte.weight", {kV, kH}}, {"transformer.wpe.weight", {kT, kH}}};
  for (std::int64_t block = 0; block < kL; ++block) {
    const std::string h = "transformer.h." + std::to_string(block);
    const std::vector<std::pair<std::string, Sizes>> of_block = {{".ln_1.weight", {kH}},
                                                                 {".ln_1.bias", {kH}},
                                                                 {".attn.c_attn.weight", {kH, 3 * kH}},
                                                                 {".attn.c_attn.bias", {3 * kH}},
                                                                 {".attn.c_proj.weight", {kH, kH}},
                                                                 {".attn.c_proj.bias", {kH}},
                                                                 {".ln_2.weight", {kH}},
                                                                 {".ln_2.bias", {kH}},
                                                                 {".mlp.c_fc.weight", {kH, kF}},
                                                                 {".mlp.c_fc.bias", {kF}},
                                                                 {".mlp.c_proj.weight", {kF, kH}},
                                                                 {".mlp.c_proj.bias", {kH}}};
    for (const auto& [name, sizes] : of_block) all.push_back({h + name, sizes});
  }
  all.push_back({"transformer.ln_f.weight", {kH}});
  all.push_back({"transformer.ln_f.bias", {kH}});
  return all;
}

/// What the forward pass kept for one place of the model, and how backward frees it.
struct Saved {
  std::string module;
  std::string node;
  std::vector<Address> storages;
  std::vector<std::size_t> gradients;  ///< positions of the parameters whose gradients are made there
  Sizes gradient_of_input;
};

class Run {
 public:
  Trace make(const SampleOptions& options) {
    describe(options.steps);
    initialise();
    for (int step = 1; step <= options.steps; ++step) train(step);
    Trace& trace = build_.trace();
    trace.footer.events = trace.events.size();
    trace.footer.profiler_bytes = 3 << 20;
    trace.footer.hook_samples = 1'000;
    trace.footer.hook_ns = 58'000;
    trace.footer.resident_at_start_bytes = 310'000'000;
    trace.footer.resident_peak_bytes = 2'815'426'560;
    if (options.damaged) {
      trace.footer.dropped_events = 17;
      trace.cut = true;
      trace.cut_reason = "the file ends in the middle of chunk 3";
    }
    return std::move(trace);
  }

 private:
  void describe(int steps) {
    TraceHeader& header = build_.trace().header;
    header.tool_version = "0.1.0";
    header.libtorch_version = "2.11.0";
    header.device = "cpu";
    header.clock = "CLOCK_MONOTONIC";
    header.command = "profile-train --config gpt_small.yaml --set note='</script><b>not markup</b>'";
    header.config_name = "gpt_small";
    header.config_text = "model:\n  family: gpt2\n  blocks: 12\ntrain:\n  batch_size: 1\n  sequence: 256\n";
    header.started_at = "2030-01-01T00:00:00Z";
    header.process_id = 1;
    TrainingSetup setup;
    setup.blocks = kL;
    setup.hidden = kH;
    setup.heads = kA;
    setup.feed_forward = kF;
    setup.vocabulary = kV;
    setup.positions = kT;
    setup.batch = kB;
    setup.sequence = kS;
    setup.steps = steps;
    header.setup = setup;
  }

  void op(const std::string& name) { build_.enter(ScopeKind::op, name); }

  void initialise() {
    build_.allocate_bytes(4096, 0, EventKind::carried_in);
    build_.set_pace(900'000);
    build_.phase_begin(Phase::init);
    for (Parameter& p : parameters_) {
      const std::string owner = p.name.substr(0, p.name.rfind('.'));
      build_.enter(ScopeKind::module, owner);
      op("aten::empty");
      p.address = build_.allocate("float32", p.sizes);
      build_.leave();
      op("aten::normal_");
      const Address noise = build_.allocate("float32", {kH});
      build_.free(noise);
      build_.leave();
      build_.leave();
      build_.role(p.address, Role::parameter, p.name);
    }
    build_.phase_end(Phase::init);
  }

  void train(int step) {
    build_.step_begin(step);
    const Address input = batch();
    const Address targets = batch();
    forward();
    loss(step, targets);
    backward();
    optimizer_step(step);
    build_.phase_begin(Phase::zero_grad);
    build_.set_pace(2'000);
    for (Parameter& p : parameters_) build_.free(std::exchange(p.gradient, 0));
    build_.phase_end(Phase::zero_grad);
    build_.free(input);
    build_.free(targets);
    op("aten::clone");  // a leak outside every phase: nothing tells what it is for
    build_.allocate("float32", {kS, kH});
    build_.leave();
    build_.step_end(step);
  }

  Address batch() {
    build_.set_pace(40'000);
    build_.phase_begin(Phase::data);
    op("aten::stack");
    const Address address = build_.allocate("int64", {kB, kS});
    build_.leave();
    build_.phase_end(Phase::data);
    build_.role(address, Role::input, "batch");
    return address;
  }

  Address kept(Saved& saved, const std::string& operation, const std::string& dtype, const Sizes& sizes) {
    op(operation);
    const Address address = build_.allocate(dtype, sizes);
    build_.leave();
    saved.storages.push_back(address);
    return address;
  }

  void transient(const std::string& operation, const Sizes& sizes) {
    op(operation);
    const Address address = build_.allocate("float32", sizes);
    build_.leave();
    build_.free(address);
  }

  void layer_norm(const std::string& module, std::size_t weight) {
    build_.enter(ScopeKind::module, module);
    Saved saved{module, "NativeLayerNormBackward0", {}, {weight, weight + 1}, {kB, kS, kH}};
    kept(saved, "aten::native_layer_norm", "float32", {kB, kS, kH});
    kept(saved, "aten::native_layer_norm", "float32", {kB, kS, 1});
    kept(saved, "aten::native_layer_norm", "float32", {kB, kS, 1});
    saved_.push_back(saved);
    build_.leave();
  }

  void linear(const std::string& module, std::size_t weight, const Sizes& out, const Sizes& in, bool keep_output) {
    build_.enter(ScopeKind::module, module);
    Saved saved{module, "AddmmBackward0", {}, {weight, weight + 1}, in};
    if (keep_output)
      kept(saved, "aten::addmm", "float32", out);
    else
      transient("aten::addmm", out);
    saved_.push_back(saved);
    build_.leave();
  }

  void attention(const std::string& module, std::size_t weight, bool cast) {
    build_.enter(ScopeKind::module, module);
    linear(module + ".c_attn", weight, {kB, kS, 3 * kH}, {kB, kS, kH}, true);
    Saved saved{module, "SoftmaxBackward0", {}, {}, {kB, kA, kS, kS}};
    if (cast) kept(saved, "aten::_to_copy", "bfloat16", {kH, 3 * kH});
    kept(saved, "aten::tril", "bool", {kS, kS});
    op("aten::_scaled_dot_product_flash_attention_for_cpu");
    const Address scratch = build_.allocate_bytes(kA * 32 * kS * 4);
    build_.free(scratch);
    build_.leave();
    transient("aten::bmm", {kB, kA, kS, kS});
    transient("aten::masked_fill", {kB, kA, kS, kS});
    kept(saved, "aten::_softmax", "float32", {kB, kA, kS, kS});
    kept(saved, "aten::bmm", "float32", {kB, kS, kH});
    saved_.push_back(saved);
    linear(module + ".c_proj", weight + 2, {kB, kS, kH}, {kB, kS, kH}, false);
    build_.leave();
  }

  void forward() {
    build_.set_pace(150'000);
    build_.phase_begin(Phase::forward);
    build_.enter(ScopeKind::module, "transformer");
    Saved embedding{"transformer.wte", "EmbeddingBackward0", {}, {1}, {kB, kS, kH}};
    kept(embedding, "aten::embedding", "float32", {kB, kS, kH});
    kept(embedding, "aten::arange", "int64", {kS});
    saved_.push_back(embedding);
    for (std::int64_t block = 0; block < kL; ++block) {
      const std::string h = "transformer.h." + std::to_string(block);
      const std::size_t first = 2 + static_cast<std::size_t>(block) * 12;
      build_.enter(ScopeKind::module, h);
      layer_norm(h + ".ln_1", first);
      attention(h + ".attn", first + 2, block % 4 == 0);
      Saved residual{h, "AddBackward0", {}, {}, {}};
      kept(residual, "aten::add", "float32", {kB, kS, kH});
      layer_norm(h + ".ln_2", first + 6);
      linear(h + ".mlp.c_fc", first + 8, {kB, kS, kF}, {kB, kS, kH}, true);
      Saved gelu{h + ".mlp", "GeluBackward0", {}, {}, {kB, kS, kF}};
      kept(gelu, "aten::gelu", "float32", {kB, kS, kF});
      saved_.push_back(gelu);
      linear(h + ".mlp.c_proj", first + 10, {kB, kS, kH}, {kB, kS, kF}, false);
      kept(residual, "aten::add", "float32", {kB, kS, kH});
      saved_.push_back(residual);
      build_.leave();
    }
    layer_norm("transformer.ln_f", parameters_.size() - 2);
    build_.leave();
    build_.set_pace(2'000'000);
    build_.enter(ScopeKind::module, "lm_head");
    op("aten::mm");
    logits_ = build_.allocate("float32", {kB * kS, kV});
    build_.leave();
    build_.leave();
    build_.phase_end(Phase::forward);
  }

  void loss(int step, Address /*targets*/) {
    build_.set_pace(900'000);
    build_.phase_begin(Phase::loss);
    build_.enter(ScopeKind::module, "loss");
    op("aten::_log_softmax");
    log_softmax_ = build_.allocate("float32", {kB * kS, kV});
    build_.leave();
    build_.free(logits_);
    op("aten::nll_loss_forward");
    scalar_ = build_.allocate("float32", {});
    build_.leave();
    build_.leave();
    build_.metric("loss", 2.2 + 8.7 * std::exp(-0.35 * (step - 1)));
    build_.phase_end(Phase::loss);
  }

  void make_gradient(std::size_t position) {
    Parameter& p = parameters_[position];
    p.gradient = build_.allocate("float32", p.sizes);
    build_.role(p.gradient, Role::gradient, p.name);
  }

  void backward() {
    build_.set_pace(350'000);
    build_.phase_begin(Phase::backward);
    build_.enter(ScopeKind::backward, "NllLossBackward0");
    const Address of_log_softmax = build_.allocate("float32", {kB * kS, kV});
    build_.leave();
    build_.enter(ScopeKind::backward, "LogSoftmaxBackward0");
    const Address of_logits = build_.allocate("float32", {kB * kS, kV});
    build_.free(log_softmax_);
    build_.free(of_log_softmax);
    build_.leave();
    build_.enter(ScopeKind::module, "lm_head");
    build_.enter(ScopeKind::backward, "MmBackward0");
    const Address head_gradient = build_.allocate("float32", {kV, kH});
    build_.free(of_logits);
    build_.leave();
    build_.leave();
    for (; !saved_.empty(); saved_.pop_back()) undo(saved_.back());
    build_.set_pace(3'000'000);
    build_.enter(ScopeKind::module, "transformer.wte");
    build_.enter(ScopeKind::backward, "EmbeddingBackward0");
    const Address embedding_gradient = build_.allocate("float32", {kV, kH});
    op("aten::add");
    make_gradient(0);
    build_.leave();
    build_.free(embedding_gradient);
    build_.free(head_gradient);
    build_.leave();
    build_.leave();
    build_.free(scalar_);
    build_.phase_end(Phase::backward);
  }

  void undo(const Saved& saved) {
    build_.enter(ScopeKind::module, saved.module);
    build_.enter(ScopeKind::backward, saved.node);
    if (!saved.gradient_of_input.empty()) {
      transient("aten::mm", saved.gradient_of_input);
      transient("aten::mul", saved.gradient_of_input);
    }
    for (const std::size_t position : saved.gradients) make_gradient(position);
    for (const Address address : saved.storages) build_.free(address);
    build_.leave();
    build_.leave();
  }

  void optimizer_step(int step) {
    build_.set_pace(260'000);
    build_.phase_begin(Phase::optimizer_step);
    for (const Parameter& p : parameters_) {
      if (step == 1) {
        for (const char* state : {"exp_avg", "exp_avg_sq"}) {
          op("aten::zeros_like");
          const Address address = build_.allocate("float32", p.sizes);
          build_.leave();
          build_.role(address, Role::optimizer_state, p.name + "." + state);
        }
      }
      op("aten::sqrt");
      const Address root = build_.allocate("float32", p.sizes);
      build_.leave();
      op("aten::div");
      const Address denominator = build_.allocate("float32", p.sizes);
      build_.leave();
      build_.free(root);
      build_.free(denominator);
    }
    build_.phase_end(Phase::optimizer_step);
  }

  TraceBuilder build_;
  std::vector<Parameter> parameters_ = gpt2_parameters();
  std::vector<Saved> saved_;
  Address logits_ = 0;
  Address log_softmax_ = 0;
  Address scalar_ = 0;
};

}  // namespace

Trace sample_trace(const SampleOptions& options) { return Run().make(options); }

}  // namespace profile_train
