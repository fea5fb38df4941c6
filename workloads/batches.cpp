#include "workloads/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace profile_train::workloads {
BatchSampler::BatchSampler(TokenFile tokens, const TrainingConfig& config)
    : tokens_(std::move(tokens)),
      batch_(config.train.batch_size),
      sequence_(config.train.sequence),
      vocabulary_(config.model.vocabulary),
      padding_(config.train.padding),
      engine_(static_cast<std::uint64_t>(config.train.seed)),
      window_(static_cast<std::size_t>(config.train.sequence + 1)) {}

Result<BatchSampler> BatchSampler::create(const TrainingConfig& config) {
  auto tokens = TokenFile::open(config);
  if (!tokens) return tl::unexpected(tokens.error());
  return BatchSampler(std::move(*tokens), config);
}

Result<Batch> BatchSampler::next() {
  const auto options = torch::TensorOptions().dtype(torch::kLong);
  Batch batch{torch::empty({batch_, sequence_}, options), torch::empty({batch_, sequence_}, options)};
  if (padding_ > 0.0) batch.lengths = torch::empty({batch_}, options);
  auto* inputs = batch.inputs.data_ptr<std::int64_t>();
  auto* targets = batch.targets.data_ptr<std::int64_t>();
  const auto places = static_cast<std::uint64_t>(tokens_.size() - sequence_);
  for (std::int64_t row = 0; row < batch_; ++row) {
    const auto first = static_cast<std::int64_t>(engine_() % places);
    if (auto done = tokens_.read(first, window_); !done) return tl::unexpected(done.error());
    if (const auto largest = std::ranges::max(window_); largest >= vocabulary_) {
      return failure(fmt::format("{}: there is a token {} after position {}, but model.vocabulary is {}",
                                 tokens_.path(), largest, first, vocabulary_));
    }
    std::copy(window_.begin(), window_.end() - 1, inputs + row * sequence_);
    std::copy(window_.begin() + 1, window_.end(), targets + row * sequence_);
    if (batch.padded()) pad_end_of(row, batch);
  }
  return batch;
}

void BatchSampler::pad_end_of(std::int64_t row, Batch& batch) {
  const auto most = std::min(static_cast<std::int64_t>(padding_ * static_cast<double>(sequence_)), sequence_ - 1);
  const auto length = sequence_ - static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(most + 1));
  auto* inputs = batch.inputs.data_ptr<std::int64_t>() + row * sequence_;
  auto* targets = batch.targets.data_ptr<std::int64_t>() + row * sequence_;
  std::fill(inputs + length, inputs + sequence_, 0);
  std::fill(targets + length, targets + sequence_, kNoTarget);
  batch.lengths.data_ptr<std::int64_t>()[row] = length;
  batch.tokens += length;
}

}  // namespace profile_train::workloads
