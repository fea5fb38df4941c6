#include "hooks/session.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

#include "hooks/tensor_type.h"
#include "profiler/trace_reader.h"

namespace profile_train {
namespace {

namespace fs = std::filesystem;

// A trace with the questions the tests ask of it.
struct Seen {
  Trace trace;

  std::vector<Event> of(EventKind kind) const {
    std::vector<Event> found;
    std::copy_if(trace.events.begin(), trace.events.end(), std::back_inserter(found),
                 [kind](const Event& event) { return event.kind == kind; });
    return found;
  }
  std::vector<Event> of(Role role) const {
    auto found = of(EventKind::role);
    std::erase_if(found, [role](const Event& event) { return event.role() != role; });
    return found;
  }
  bool has(EventKind kind, const void* address) const { return find(kind, address).has_value(); }
  std::optional<Event> find(EventKind kind, const void* address) const {
    for (const Event& event : trace.events) {
      if (event.kind == kind && event.address == reinterpret_cast<std::uint64_t>(address)) return event;
    }
    return std::nullopt;
  }
  // Names of the frames around an event, outermost first.
  std::vector<std::string> frames(const Event& event) const {
    std::vector<std::string> names;
    for (ScopeId id = event.scope; id != 0; id = trace.scopes[id].parent)
      names.push_back(trace.names[trace.scopes[id].name]);
    std::reverse(names.begin(), names.end());
    return names;
  }
  std::string name(const Event& event) const { return trace.names[event.name]; }
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~SessionTest() override { fs::remove_all(folder_); }

  SessionOptions options(const std::string& name = "trace") const {
    return {.trace_path = (folder_ / (name + ".ptrace")).string()};
  }
  static Seen stop(Session& session) {
    const SessionResult result = session.stop();
    EXPECT_EQ(result.limitation, "");
    EXPECT_EQ(result.counts.dropped_events, 0u);
    auto trace = read_trace(result.trace_path);
    EXPECT_TRUE(trace) << trace.error().message;
    EXPECT_EQ(trace->events.size(), result.counts.events);
    return Seen{std::move(*trace)};
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / ("session_test_" + std::to_string(getpid()));  // tests run side by side
};

TEST_F(SessionTest, RecordsATensorFromBirthToReleaseWithItsOperatorAndShape) {
  Session session(options());
  const void* address = nullptr;
  {
    const at::Tensor tensor = at::zeros({4, 8});
    address = tensor.data_ptr();
  }
  const Seen seen = stop(session);
  const auto born = seen.find(EventKind::allocate, address);
  ASSERT_TRUE(born);
  EXPECT_EQ(born->bytes, 4 * 8 * 4);
  EXPECT_EQ(seen.frames(*born).front(), "aten::zeros");
  EXPECT_TRUE(seen.has(EventKind::free, address));
  const auto described = seen.find(EventKind::describe, address);
  ASSERT_TRUE(described);
  EXPECT_EQ(seen.trace.tensor_types[described->tensor_type], (TensorType{"float32", {4, 8}}));
}

// What the events add up to is what the allocator was asked for, summed by a wrapper of the test's own beneath the
// hooks.
TEST_F(SessionTest, MissesNoAllocationOfATrainingStepOnAnyThread) {
  Session session(options());
  {
    torch::nn::Linear model(64, 64);
    session.watch(*model);
    std::thread other([] {
      for (int i = 0; i < 100; ++i) at::ones({i + 1});
    });
    for (int i = 0; i < 5; ++i) model->forward(at::randn({16, 64})).sum().backward();
    other.join();
  }
  const Seen seen = stop(session);
  std::map<std::uint64_t, Bytes> live;
  std::set<std::uint32_t> threads;
  for (const Event& event : seen.trace.events) {
    threads.insert(event.thread);
    if (event.kind == EventKind::allocate) {
      ASSERT_TRUE(live.emplace(event.address, event.bytes).second) << "an address was live twice";
    } else if (event.kind == EventKind::free) {
      ASSERT_EQ(live.erase(event.address), 1u) << "a release without its allocation";
    }
  }
  EXPECT_TRUE(live.empty());  // everything of the step is gone: nothing was missed in either direction
  EXPECT_GE(threads.size(), 2u);
  Bytes on_other_thread = 0;
  for (const Event& event : seen.of(EventKind::allocate)) {
    if (event.bytes == 400) on_other_thread += event.bytes;
  }
  EXPECT_EQ(on_other_thread, 400);  // at::ones({100})
}

TEST_F(SessionTest, ReleasesOnAnotherThreadAreSeen) {
  Session session(options());
  at::Tensor tensor = at::zeros({1000});
  const void* address = tensor.data_ptr();
  std::thread([moved = std::move(tensor)]() mutable { moved.reset(); }).join();
  const Seen seen = stop(session);
  const auto born = seen.find(EventKind::allocate, address);
  const auto freed = seen.find(EventKind::free, address);
  ASSERT_TRUE(born && freed);
  EXPECT_NE(born->thread, freed->thread);
}

TEST_F(SessionTest, NamesParametersGradientsBuffersAndOptimizerState) {
  Session session(options());
  torch::nn::BatchNorm1d model(8);  // has parameters and buffers
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-3));
  session.watch(*model, optimizer);
  {
    const PhaseGuard phase(Phase::backward);
    model->forward(at::randn({4, 8})).sum().backward();
  }
  {
    const PhaseGuard phase(Phase::optimizer_step);
    optimizer.step();
  }
  const Seen seen = stop(session);
  const auto names = [&](Role role) {
    std::vector<std::string> found;
    for (const Event& event : seen.of(role)) found.push_back(seen.name(event));
    return found;
  };
  EXPECT_THAT(names(Role::parameter), testing::ElementsAre("weight", "bias"));
  EXPECT_THAT(names(Role::buffer), testing::ElementsAre("running_mean", "running_var", "num_batches_tracked"));
  EXPECT_THAT(names(Role::gradient), testing::UnorderedElementsAre("weight.grad", "bias.grad"));
  EXPECT_THAT(names(Role::optimizer_state),
              testing::UnorderedElementsAre("weight.exp_avg", "weight.exp_avg_sq", "bias.exp_avg", "bias.exp_avg_sq"));
  EXPECT_THAT(seen.of(EventKind::carried_in), testing::IsEmpty());
  for (const Event& event : seen.of(EventKind::role)) {
    EXPECT_TRUE(seen.has(EventKind::allocate, reinterpret_cast<const void*>(event.address))) << seen.name(event);
  }
}

TEST_F(SessionTest, MomentumOfSgdIsOptimizerState) {
  Session session(options());
  torch::nn::Linear model(2, 2);
  torch::optim::SGD optimizer(model->parameters(), torch::optim::SGDOptions(0.1).momentum(0.9));
  session.watch(*model, optimizer);
  model->forward(at::ones({1, 2})).sum().backward();
  {
    const PhaseGuard phase(Phase::optimizer_step);
    optimizer.step();
  }
  std::vector<std::string> names;
  const Seen seen = stop(session);
  for (const Event& event : seen.of(Role::optimizer_state)) names.push_back(seen.name(event));
  EXPECT_THAT(names, testing::UnorderedElementsAre("weight.momentum_buffer", "bias.momentum_buffer"));
}

TEST_F(SessionTest, AttributesBackwardToTheModuleOfItsForward) {
  Session session(options());
  const at::Tensor weight = at::randn({8, 8}).requires_grad_();
  at::Tensor loss;
  {
    const ModuleGuard module("block.0.mlp");
    loss = at::mm(weight, weight).pow(2);
  }
  loss = loss.sum();
  {
    const PhaseGuard phase(Phase::backward);
    loss.backward();
  }
  const Seen seen = stop(session);
  std::set<std::vector<std::string>> around;
  for (const Event& event : seen.of(EventKind::allocate)) {
    auto frames = seen.frames(event);
    if (frames.size() > 2) frames.resize(2);
    around.insert(frames);
  }
  EXPECT_THAT(around, testing::Contains(testing::ElementsAre("block.0.mlp", "aten::mm")));
  EXPECT_THAT(around, testing::Contains(testing::ElementsAre("block.0.mlp", "MmBackward0")));
  EXPECT_THAT(around, testing::Contains(testing::ElementsAre("block.0.mlp", "PowBackward0")));
}

TEST_F(SessionTest, MarksPhasesStepsAndMetricsInOrder) {
  Session session(options());
  {
    const StepGuard step(1);
    const PhaseGuard phase(Phase::forward);
    session.metric("loss", 2.5);
  }
  const Seen seen = stop(session);
  std::vector<EventKind> kinds;
  for (const Event& event : seen.trace.events) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, testing::ElementsAre(EventKind::step_begin, EventKind::phase_begin, EventKind::metric,
                                          EventKind::phase_end, EventKind::step_end));
  EXPECT_EQ(std::bit_cast<double>(seen.trace.events[2].bytes), 2.5);
  EXPECT_EQ(seen.name(seen.trace.events[2]), "loss");
}

TEST_F(SessionTest, ReportsWhatWasThereBeforeAsCarriedInWithItsBytes) {
  torch::nn::Linear model(32, 16);
  const void* weight = model->weight.data_ptr();
  Session session(options());
  session.watch(*model);
  const Seen seen = stop(session);
  const auto carried = seen.find(EventKind::carried_in, weight);
  ASSERT_TRUE(carried);
  EXPECT_EQ(carried->bytes, 32 * 16 * 4);
  EXPECT_EQ(seen.of(EventKind::carried_in).size(), 2u);  // weight and bias
}

TEST_F(SessionTest, NoticesThatSomethingCarriedInIsGone) {
  torch::nn::Linear model(32, 16);
  const void* weight = model->weight.data_ptr();
  Session session(options());
  session.watch(*model);
  {
    const PhaseGuard phase(Phase::forward);
    model->weight.set_data(at::zeros({16, 32}));
  }
  const Seen seen = stop(session);
  EXPECT_TRUE(seen.has(EventKind::free, weight));
}

TEST_F(SessionTest, TensorsThatOutliveItDoNoHarm) {
  at::Tensor survivor;
  const void* address = nullptr;
  {
    Session session(options());
    survivor = at::ones({100});
    address = survivor.data_ptr();
    const Seen seen = stop(session);
    EXPECT_TRUE(seen.has(EventKind::allocate, address));
    EXPECT_FALSE(seen.has(EventKind::free, address));
  }
  EXPECT_EQ(survivor.sum().item<float>(), 100.0f);
}

TEST_F(SessionTest, CanFollowAnotherAndKnowsWhatIsNotItsOwn) {
  at::Tensor old;
  {
    Session first(options("first"));
    old = at::ones({100});
    stop(first);
  }
  const at::Tensor between = at::ones({100});
  Session second(options("second"));
  const void* const old_address = old.data_ptr();
  old.reset();  // born in the first session: not a release the second can account for
  const at::Tensor fresh = at::ones({50});
  const Seen seen = stop(second);
  EXPECT_FALSE(seen.find(EventKind::free, old_address) && !seen.find(EventKind::allocate, old_address));
  EXPECT_FALSE(seen.has(EventKind::allocate, between.data_ptr()));
  EXPECT_EQ(seen.find(EventKind::allocate, fresh.data_ptr())->bytes, 200);
}

TEST_F(SessionTest, IsRefusedWhileAnotherRuns) {
  Session session(options("first"));
  const auto second = Session::start(options("second"));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::HasSubstr("already running"));
  EXPECT_THROW(Session{options("third")}, std::runtime_error);
  EXPECT_FALSE(fs::exists(folder_ / "second.ptrace"));
}

TEST_F(SessionTest, DoesNotReplaceATraceUnlessAsked) {
  { Session first(options()); }
  const auto size = fs::file_size(options().trace_path);
  const auto refused = Session::start(options());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr(options().trace_path));
  EXPECT_EQ(fs::file_size(options().trace_path), size);
  SessionOptions again = options();
  again.overwrite = true;
  EXPECT_TRUE(Session::start(again));
}

TEST_F(SessionTest, IsRefusedIfCudaCannotBeSetUpAndLeavesNothingBehind) {
  SessionOptions on_card = options();  // this program has no CUDA part of LibTorch
  on_card.device = "cuda";
  const auto refused = Session::start(on_card);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::StartsWith("LibTorch cannot set CUDA up: "));
  EXPECT_FALSE(std::filesystem::exists(on_card.trace_path));
  EXPECT_TRUE(Session::start(options()));
}

TEST_F(SessionTest, GuardsDoNothingWithoutASession) {
  const StepGuard step(1);
  const PhaseGuard phase(Phase::backward);
  const ModuleGuard module("nowhere");
  EXPECT_EQ(at::ones({3}).sum().item<float>(), 3.0f);
}

TEST_F(SessionTest, AForkedChildLeavesTheTraceToItsParent) {
  Session session(options());
  const at::Tensor before = at::ones({10});
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const at::Tensor in_child = at::ones({12345});
    session.stop();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const at::Tensor after = at::ones({20});
  const Seen seen = stop(session);
  EXPECT_TRUE(seen.has(EventKind::allocate, after.data_ptr()));
  for (const Event& event : seen.of(EventKind::allocate)) EXPECT_NE(event.bytes, 12345 * 4);
}

TEST_F(SessionTest, TrainingIsTheSameWithAndWithoutIt) {
  const auto train = [] {
    torch::manual_seed(7);
    torch::nn::Sequential model(torch::nn::Linear(8, 16), torch::nn::ReLU(), torch::nn::Linear(16, 1));
    torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-2));
    double last = 0;
    for (int i = 0; i < 10; ++i) {
      const PhaseGuard phase(Phase::forward);
      optimizer.zero_grad();
      const at::Tensor loss = model->forward(at::randn({32, 8})).pow(2).mean();
      loss.backward();
      optimizer.step();
      last = loss.item<double>();
    }
    return last;
  };
  const double without = train();
  Session session(options());
  EXPECT_EQ(train(), without);
}

TEST(DtypeNames, AreThoseOfTorch) {
  const std::map<at::ScalarType, std::string> expected = {{at::kByte, "uint8"},
                                                          {at::kLong, "int64"},
                                                          {at::kHalf, "float16"},
                                                          {at::kFloat, "float32"},
                                                          {at::kBool, "bool"},
                                                          {at::kBFloat16, "bfloat16"},
                                                          {at::kFloat8_e4m3fn, "float8_e4m3fn"},
                                                          {at::kUInt16, "uint16"},
                                                          {at::kChar, "int8"},
                                                          {at::kDouble, "float64"},
                                                          {at::kComplexFloat, "complex64"},
                                                          {at::kUInt64, "uint64"}};
  for (const auto& [type, name] : expected) EXPECT_EQ(hooks::dtype_name(static_cast<std::int8_t>(type)), name);
}

}  // namespace
}  // namespace profile_train
