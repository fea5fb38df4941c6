#include "profiler/memory_model/source_texts.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "profiler/grouped.h"
#include "profiler/memory_model/optimizer_terms.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/zoo.h"

namespace profile_train {
namespace {

EstimateRow count_row(std::string name, std::string formula, std::int64_t count, std::string quoted = {},
                      std::string note = {}) {
  EstimateRow row;
  row.name = std::move(name);
  row.formula = std::move(formula);
  row.count = count;
  row.quoted = std::move(quoted);
  row.note = std::move(note);
  return row;
}

EstimateRow bytes_row(std::string name, std::string formula, Bytes bytes, std::string quoted = {},
                      std::string note = {}) {
  EstimateRow row = count_row(std::move(name), std::move(formula), 0, std::move(quoted), std::move(note));
  row.count.reset();
  row.bytes = bytes;
  return row;
}

EstimateRow ratio_row(std::string name, std::string formula, double ratio, std::string quoted, std::string note) {
  EstimateRow row = count_row(std::move(name), std::move(formula), 0, std::move(quoted), std::move(note));
  row.count.reset();
  row.ratio = ratio;
  return row;
}

/// The source text's own count of a layer.
struct StatedLayer {
  StatedLayer(std::int64_t h, std::int64_t f)
      : attention(4 * h * h),
        feed_forward(2 * h * f + h + f),
        norm(2 * h),
        layer(attention + feed_forward + 2 * norm) {}
  std::int64_t attention, feed_forward, norm, layer;
};

TrainingSetup gpt(std::int64_t blocks, std::int64_t hidden, std::int64_t heads, std::int64_t positions) {
  TrainingSetup s;
  s.blocks = blocks;
  s.hidden = hidden;
  s.heads = heads;
  s.feed_forward = 4 * hidden;
  s.vocabulary = 50257;
  s.positions = positions;
  return s;
}

}  // namespace

EstimateRow stated_count_row(const TrainingSetup& s) {
  const std::int64_t tables = (s.tied_head ? 1 : 2) * s.vocabulary * s.hidden;
  const std::int64_t stated = s.blocks * StatedLayer(s.hidden, s.feed_forward).layer + tables;
  const std::int64_t difference = stated - parameter_count(s);
  return count_row("all, as the texts count", fmt::format("L(4H² + 2HF + F + 5H) + {}V·H", s.tied_head ? "" : "2"),
                   stated, {},
                   fmt::format("{} {}: the texts' formula knows one kind of block", grouped(std::abs(difference)),
                               difference < 0 ? "too few" : "too many"));
}

EstimateTable parameter_table(const TrainingSetup& s) {
  const StatedLayer stated(s.hidden, s.feed_forward);
  const std::int64_t embedding = s.vocabulary * s.hidden;
  const std::int64_t output = s.tied_head ? 0 : embedding;
  TrainingSetup plain = s;  // whatever is added to it, or how its weights are stored
  plain.lora_rank = 0;
  plain.weight_storage = WeightStorage::full;
  const std::int64_t exact = parameter_count(plain);
  const std::int64_t stated_total = s.blocks * stated.layer + embedding + output;
  EstimateTable table{"parameters", {}};
  table.rows.push_back(count_row("token table", "V·H", embedding));
  table.rows.push_back(count_row("position table", "T·H", s.positions * s.hidden, {}, "missing in the stated formula"));
  table.rows.push_back(count_row("attention of a block, stated", "4H²", stated.attention));
  const std::int64_t width = attention_width(s);
  const bool pruned = width != s.hidden;  // fewer heads of the same size: ad numbers together
  const std::int64_t attention = 4 * s.hidden * width + 3 * width + s.hidden;
  table.rows.push_back(
      count_row("attention of a block, exact", pruned ? "4adH + 3ad + H" : "4H² + 4H", attention, {},
                pruned ? "the stated formula has neither biases nor fewer heads" : "the stated formula has no biases"));
  table.rows.push_back(count_row("feed-forward of a block", "2HF + H + F", stated.feed_forward));
  table.rows.push_back(count_row("layer norm", "2H", stated.norm));
  table.rows.push_back(count_row("block, stated", "4H² + 2HF + H + F + 2·2H", stated.layer));
  table.rows.push_back(count_row("block, exact", pruned ? "4adH + 3ad + 2HF + F + 6H" : "4H² + 2HF + F + 9H",
                                 stated.layer - stated.attention + attention));
  table.rows.push_back(count_row("all, stated", s.tied_head ? "L·block + V·H" : "L·block + 2V·H", stated_total));
  table.rows.push_back(
      count_row("all, exact", "V·H + T·H + L·block + 2H" + std::string(s.tied_head ? "" : " + V·H"), exact, {},
                pruned ? fmt::format("{} fewer than stated", grouped(stated_total - exact))
                       : fmt::format("{} more than stated: T·H + 4H·L + 2H", grouped(exact - stated_total))));
  return table;
}

EstimateTable worked_examples_table() {
  constexpr std::int64_t kHidden = 768, kFeedForward = 3072, kLayers = 12, kVocabulary = 50000;
  const StatedLayer layer(kHidden, kFeedForward);
  const std::int64_t embedding = kVocabulary * kHidden;
  EstimateTable table{"the texts' worked examples, computed again", {}};
  table.rows.push_back(count_row("attention, H = 768", "4H²", layer.attention, "2,359,296"));
  table.rows.push_back(count_row("feed-forward, F = 3,072", "2HF + H + F", layer.feed_forward, "4,719,616",
                                 fmt::format("the text is {} short", grouped(layer.feed_forward - 4'719'616))));
  table.rows.push_back(count_row("layer", "4H² + 2HF + H + F + 4H", layer.layer, "7,081,984",
                                 fmt::format("the same slip: {} short", grouped(layer.layer - 7'081'984))));
  table.rows.push_back(count_row("12 layers", "L·layer", kLayers * layer.layer, "84,983,808",
                                 fmt::format("the same slip: {} short", grouped(kLayers * layer.layer - 84'983'808))));
  table.rows.push_back(count_row("embedding, V = 50,000", "V·H", embedding, "38,400,000"));
  table.rows.push_back(
      count_row("total", "L·layer + V·H", kLayers * layer.layer + embedding, "123,383,808",
                fmt::format("the same slip: {} short", grouped(kLayers * layer.layer + embedding - 123'383'808))));

  const TrainingSetup gpt3 = gpt(96, 12288, 96, 2048);
  const std::int64_t h = gpt3.hidden, f = gpt3.feed_forward;
  const std::int64_t stated_layer = 8 * h * h + 8 * h * f + 2 * h;
  table.rows.push_back(count_row("GPT-3, a layer", "8H² + 8HF + 2H", stated_layer, "≈ 1.1 billion",
                                 "the formula itself gives 5.5 times what the text prints"));
  table.rows.push_back(count_row("GPT-3, 96 layers", "L·layer", gpt3.blocks * stated_layer, "105.6 billion",
                                 "neither the formula nor the printed figure is GPT-3's count"));
  table.rows.push_back(count_row("GPT-3, exact", "V·H + T·H + L(12H² + 13H) + 2H", parameter_count(gpt3)));
  table.rows.push_back(count_row("a 1024 × 512 weight", "1024·512", std::int64_t{1024} * 512));
  table.rows.push_back(count_row("LoRA of rank 8 on it", "8·1024 + 8·512", 8 * 1024 + 8 * 512, "1024·8 + 512·8",
                                 "the frozen weight needs neither gradient nor optimizer state"));
  return table;
}

EstimateTable known_models_table() {
  EstimateTable table{"sizes of known models in fp32", {}};
  for (const KnownModel& model : known_models()) {
    const std::int64_t count = parameter_count(setup_of(model));
    EstimateRow row = bytes_row(model.name, "4N", 4 * count, model.quoted);
    row.count = count;
    table.rows.push_back(std::move(row));
  }
  return table;
}

EstimateTable data_types_table(const TrainingSetup& s) {
  const std::int64_t n = parameter_count(s);
  EstimateTable table{"rules of thumb", {}};
  table.rows.push_back(bytes_row("weights in fp32", "4N", 4 * n, "1B parameters = 4 GB"));
  table.rows.push_back(bytes_row("weights in fp16 or bf16", "2N", 2 * n));
  table.rows.push_back(bytes_row("weights in int8", "N", n));
  table.rows.push_back(bytes_row("weights in int4", "N/2", (n + 1) / 2));
  table.rows.push_back(bytes_row("inference in fp32", "2 · 4N", 8 * n, "working memory ≈ 2 × model memory",
                                 "knows neither batch nor sequence"));
  table.rows.push_back(bytes_row("training in fp32", "4 · 4N", 16 * n, "≈ 4 × the inference memory (3 to 4 times)",
                                 "taken as 4 × the weights: weights, gradients and Adam's two states, no activations"));
  return table;
}

EstimateTable optimizers_table(const TrainingSetup& s) {
  const Bytes weights = 4 * parameter_count(s);
  EstimateTable table{"gradients and optimizer state in fp32", {}};
  table.rows.push_back(bytes_row("gradients", "4N", weights, "N"));
  const auto add = [&](const char* name, OptimizerKind kind, const char* quoted, const char* note = "",
                       const std::function<void(TrainingSetup&)>& change = {}) {
    TrainingSetup other = s;
    other.precision = Precision::fp32;
    other.optimizer = kind;
    other.optimizer_implementation = OptimizerImplementation::loop;
    other.momentum = 0.0;
    other.centered = false;
    if (change) change(other);
    const TermFormula state = optimizer_state(other);
    table.rows.push_back(bytes_row(name, state.text, state.bytes, quoted, note));
  };
  const auto with_momentum = [](TrainingSetup& other) { other.momentum = 0.9; };
  add("AdamW, Adam, LAMB", OptimizerKind::adamw, "2N", "first and second moment");
  add("AdamW, fused", OptimizerKind::adamw, "2N", "a counter for each tensor as well",
      [](TrainingSetup& other) { other.optimizer_implementation = OptimizerImplementation::fused; });
  add("SGD with momentum", OptimizerKind::sgd, "N", "", with_momentum);
  add("SGD without momentum", OptimizerKind::sgd, "N", "plain SGD keeps nothing");
  add("RMSprop", OptimizerKind::rmsprop, "N", "another 4N with momentum, another when centred");
  add("Adafactor", OptimizerKind::adafactor, "", "of a matrix the means of its rows and of its columns");
  add("8-bit AdamW", OptimizerKind::adamw_8bit, "",
      "two codes a number, two scales for each 256; small tensors in fp32");
  return table;
}

EstimateTable scaling_table(const TrainingSetup& s) {
  constexpr double kAlpha = 0.07;
  const std::int64_t tokens = s.batch * s.sequence * s.accumulation * s.steps;
  EstimateTable table{"scaling", {}};
  table.rows.push_back(ratio_row("parameters for 10 % better", "1.1^(1/α), α = 0.07", std::pow(1.1, 1.0 / kAlpha),
                                 "10^(1/α), 3.7 times", "10^(1/α) would be a factor of 10^14"));
  table.rows.push_back(count_row("tokens this run trains on", "steps·accumulation·B·S", tokens));
  if (tokens > 0) {
    const double per_token = static_cast<double>(parameter_count(s)) / static_cast<double>(tokens);
    table.rows.push_back(ratio_row("parameters for each training token", "N / tokens", per_token, {},
                                   per_token > 1.0 ? "more parameters than tokens: over-parameterised" : ""));
  }
  return table;
}

}  // namespace profile_train
