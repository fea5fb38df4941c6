// What the forward pass keeps for backward, counted by an allocator of this program's own. The hooks are not involved:
// this is about the order of operators in workloads/, which the memory model describes.
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "tests/workloads/print_modes.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/gpt2.h"

namespace profile_train::workloads {
namespace {

/// Counts the bytes that tensors of this process hold. Lives as long as the program.
class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* address = c10::alloc_cpu(bytes);
    const std::lock_guard lock(mutex_);
    if (address != nullptr) sizes_[address] = static_cast<std::int64_t>(bytes);
    live_bytes_ += static_cast<std::int64_t>(bytes);
    return {address, address, &CountingAllocator::release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &CountingAllocator::release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
  std::int64_t live_bytes() {
    const std::lock_guard lock(mutex_);
    return live_bytes_;
  }

  static CountingAllocator& instance() {
    static CountingAllocator* allocator = [] {
      auto* made = new CountingAllocator;  // tensors may be released after main()
      constexpr std::uint8_t kAboveTheDefault = 100;
      c10::SetCPUAllocator(made, kAboveTheDefault);
      return made;
    }();
    return *allocator;
  }

 private:
  static void release(void* address) {
    if (address == nullptr) return;
    auto& self = instance();
    {
      const std::lock_guard lock(self.mutex_);
      const auto found = self.sizes_.find(address);
      if (found != self.sizes_.end()) {
        self.live_bytes_ -= found->second;
        self.sizes_.erase(found);
      }
    }
    c10::free_cpu(address);
  }

  std::mutex mutex_;
  std::unordered_map<void*, std::int64_t> sizes_;
  std::int64_t live_bytes_ = 0;
};

struct Shape {
  std::int64_t batch, sequence, blocks;
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    return out << "B" << shape.batch << " S" << shape.sequence << " L" << shape.blocks;
  }
};

/// Bytes held after forward and loss, logits released, beyond what was held before.
std::int64_t saved_bytes(ModelConfig config, Shape shape) {
  auto& allocator = CountingAllocator::instance();
  config.blocks = shape.blocks;
  Gpt2 model(config, {});
  const auto ids = torch::zeros({shape.batch, shape.sequence}, torch::kLong);
  const auto before = allocator.live_bytes();
  auto logits = model.forward(ids);
  const auto loss = torch::nn::functional::cross_entropy(logits.view({-1, config.vocabulary}), ids.view({-1}));
  logits.reset();
  return allocator.live_bytes() - before;
}

/// E, A and BS of docs/memory_model.md for the tiny model: H 32, a 4.
struct Symbols {
  explicit Symbols(Shape s)
      : E(s.batch * s.sequence * 32),
        A(s.batch * 4 * s.sequence * s.sequence),
        BS(s.batch * s.sequence),
        S(s.sequence) {}
  std::int64_t E, A, BS, S;
};

class SavedBytes : public ::testing::TestWithParam<Shape> {
 protected:
  /// One block more: everything else cancels out.
  std::int64_t per_block(AttentionKind kind, double dropout) {
    ModelConfig config = tiny_config().model;
    config.attention = kind;
    config.dropout = dropout;
    Shape deeper = GetParam();
    deeper.blocks += 1;
    return saved_bytes(config, deeper) - saved_bytes(config, GetParam());
  }
  Symbols symbols_{GetParam()};
};

TEST_P(SavedBytes, MaterialisedBlockKeepsScoresAndMask) {
  const auto [E, A, BS, S] = symbols_;
  EXPECT_EQ(per_block(AttentionKind::materialised, 0.0), 64 * E + 4 * A + 16 * BS + S * S);
}

TEST_P(SavedBytes, SdpaBlockKeepsOneNumberForEachRowOfScores) {
  const auto [E, A, BS, S] = symbols_;
  const auto heads_rows = 4 * BS;  // B·a·S
  EXPECT_EQ(per_block(AttentionKind::sdpa, 0.0), 64 * E + 4 * heads_rows + 16 * BS);
}

// On the CPU dropout multiplies by a noise of the tensor's own dtype: 4 bytes an element where CUDA keeps a mask of
// one.
TEST_P(SavedBytes, DropoutKeepsItsNoise) {
  const auto [E, A, BS, S] = symbols_;
  EXPECT_EQ(per_block(AttentionKind::materialised, 0.1), (64 + 2 * 4) * E + (4 + 4 + 4) * A + 16 * BS + S * S);
}

TEST_P(SavedBytes, WholeModelAddsNormHeadLossAndPositions) {
  const auto [E, A, BS, S] = symbols_;
  ModelConfig config = tiny_config().model;
  config.attention = AttentionKind::materialised;
  const auto blocks = GetParam().blocks * (64 * E + 4 * A + 16 * BS + S * S);
  const auto norm_and_head = 8 * E + 8 * BS;
  const auto log_softmax = 4 * BS * config.vocabulary;
  const auto positions = 8 * S;
  const auto scalars = 8;  // the loss, and the weight it was divided by
  EXPECT_EQ(saved_bytes(config, GetParam()), blocks + norm_and_head + log_softmax + positions + scalars);
}

INSTANTIATE_TEST_SUITE_P(Shapes, SavedBytes, ::testing::Values(Shape{1, 32, 1}, Shape{3, 48, 2}, Shape{2, 33, 1}),
                         test::name_of<Shape>);

}  // namespace
}  // namespace profile_train::workloads
