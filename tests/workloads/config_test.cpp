#include "workloads/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/workloads/temporary_folder.h"

namespace profile_train::workloads {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSmall =
    "model:\n"        // line 1
    "  blocks: 2\n"   // line 2
    "  hidden: 64\n"  // line 3
    "  heads: 4\n"    // line 4
    "train:\n"        // line 5
    "  steps: 10\n";  // line 6

class ConfigTest : public ::testing::Test {
 protected:
  Result<TrainingConfig> load(std::string_view text, std::vector<std::string> overrides = {}) {
    return load_config(folder_.write("mine.yaml", text), overrides, PROFILE_TRAIN_RESOURCES);
  }
  /// The message for kSmall with some lines added, without the folder in front of the file's name.
  std::string complaint(std::string_view added, std::vector<std::string> overrides = {}) {
    const auto config = load(std::string(kSmall) + std::string(added), std::move(overrides));
    if (config) return "no error";
    std::string message = config.error().message;
    const std::string folder = folder_.root().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }
  TemporaryFolder folder_;
};

TEST_F(ConfigTest, ReadsWhatTheFileSaysAndKeepsTheDefaultsOfTheRest) {
  const auto config = load(kSmall);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "mine");
  EXPECT_EQ(config->model.hidden, 64);
  EXPECT_EQ(config->model.feed_forward, 256);  // four times hidden
  EXPECT_EQ(config->model.vocabulary, 50257);
  EXPECT_EQ(config->train.steps, 10);
  EXPECT_TRUE(config->train.zero_grad_to_none);
  EXPECT_FALSE(config->loss.hold_logits);
}

TEST_F(ConfigTest, ReadsEveryKind) {
  const auto config = load(R"(
name: "a name"
model: {blocks: 1, hidden: 8, heads: 2, dropout: 0.1, attention: materialised, tied_head: false}
train: {zero_grad: zero, clip_norm: 1}
optimizer: {kind: sgd, momentum: 0.9, learning_rate: 1e-2}
loss: {hold_logits: true}
data: {tokens: some.bin, format: nanogpt}
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "a name");
  EXPECT_DOUBLE_EQ(config->model.dropout, 0.1);
  EXPECT_EQ(config->model.attention, AttentionKind::materialised);
  EXPECT_FALSE(config->model.tied_head);
  EXPECT_FALSE(config->train.zero_grad_to_none);
  EXPECT_DOUBLE_EQ(config->train.clip_norm, 1.0);
  EXPECT_EQ(config->optimizer.kind, OptimizerKind::sgd);
  EXPECT_DOUBLE_EQ(config->optimizer.momentum, 0.9);
  EXPECT_TRUE(config->loss.hold_logits);
  EXPECT_EQ(config->data.format, TokenFormat::nanogpt);
  EXPECT_EQ(config->data.tokens, folder_.root() / "some.bin") << "paths in a file are relative to it";
}

TEST_F(ConfigTest, NamesFileLineAndNearestKeyOfAnUnknownOne) {
  EXPECT_EQ(complaint("  batch_sise: 8\n"),
            "mine.yaml:7: train.batch_sise: unknown key; did you mean train.batch_size?");
  EXPECT_EQ(complaint("modle:\n  x: 1\n"), "mine.yaml:7: modle: unknown key; did you mean model?");
  EXPECT_EQ(complaint("seed: 3\n"), "mine.yaml:7: seed: unknown key; did you mean train.seed?");
  EXPECT_EQ(complaint("loss:\n  label_smoothing: 0.1\n"),
            "mine.yaml:8: loss.label_smoothing: unknown key; in this section there are loss.hold_logits, "
            "loss.chunk_rows");
}

TEST_F(ConfigTest, SaysWhatWasExpectedAndFound) {
  EXPECT_EQ(complaint("  batch_size: eight\n"),
            "mine.yaml:7: train.batch_size: expected a whole number from 1 to 1000000, found 'eight'");
  EXPECT_EQ(complaint("  batch_size: 0\n"),
            "mine.yaml:7: train.batch_size: expected a whole number from 1 to 1000000, found '0'");
  EXPECT_EQ(complaint("  batch_size: 1.5\n"),
            "mine.yaml:7: train.batch_size: expected a whole number from 1 to 1000000, found '1.5'");
  EXPECT_EQ(complaint("  batch_size: \"8\"\n"),
            "mine.yaml:7: train.batch_size: expected a whole number from 1 to 1000000, found '8'");
  EXPECT_EQ(complaint("  batch_size:\n"),
            "mine.yaml:7: train.batch_size: expected a whole number from 1 to 1000000, found nothing");
  EXPECT_EQ(complaint("  batch_size: [1, 2]\n"),
            "mine.yaml:7: train.batch_size: expected a whole number from 1 to 1000000, found a list");
  EXPECT_EQ(complaint("  zero_grad: maybe\n"),
            "mine.yaml:7: train.zero_grad: expected one of set_to_none, zero, found 'maybe'");
  EXPECT_EQ(complaint("  clip_norm: -1\n"), "mine.yaml:7: train.clip_norm: expected a number from 0 up, found '-1'");
  EXPECT_EQ(complaint("  clip_norm: nan\n"), "mine.yaml:7: train.clip_norm: expected a number from 0 up, found 'nan'");
  EXPECT_EQ(complaint("loss:\n  hold_logits: yes\n"),
            "mine.yaml:8: loss.hold_logits: expected one of true, false, found 'yes'");
  EXPECT_EQ(complaint("optimizer:\n  betas: [0.9, 1.0]\n"),
            "mine.yaml:8: optimizer.betas: expected a number from 0 to less than 1, found '1.0'");
  EXPECT_EQ(complaint("optimizer:\n  betas: 0.9\n"),
            "mine.yaml:8: optimizer.betas: expected a list of two numbers, such as [0.9, 0.999], found '0.9'");
  EXPECT_EQ(
      complaint("precision: int4\n"),
      "mine.yaml:7: precision: expected one of fp32, autocast-bf16, autocast-fp16, bf16, bf16-master, found 'int4'");
  EXPECT_EQ(complaint("device: gpu\n"),
            "mine.yaml:7: device: expected cpu, cuda or a numbered one such as cuda:1, found 'gpu'");
  EXPECT_EQ(complaint("device: \"cuda:\"\n"),
            "mine.yaml:7: device: expected cpu, cuda or a numbered one such as cuda:1, found 'cuda:'");
  EXPECT_EQ(complaint("data:\n  text:\n"), "mine.yaml:8: data.text: expected the path of a file, found nothing");
}

TEST_F(ConfigTest, NamesTheDeviceAsLibTorchDoes) {
  for (const char* device : {"cpu", "cuda", "cuda:1"})
    EXPECT_EQ(complaint("", {std::string("device=") + device}), "no error") << device;
}

TEST_F(ConfigTest, RefusesValuesThatDoNotFitTogetherAndPointsToThem) {
  EXPECT_EQ(complaint("", {"model.heads=5"}),
            "--set model.heads=5: model.heads: 5 heads do not divide model.hidden, which is 64");
  EXPECT_EQ(complaint("  sequence: 2000\n"),
            "mine.yaml:7: train.sequence: 2000 is more than model.positions, which is 1024");
  EXPECT_EQ(
      complaint("", {"model.vocabulary=100"}),
      "--set model.vocabulary=100: model.vocabulary: 100 is too small for text, whose bytes go from 0 to 255; use "
      "at least 256");
  EXPECT_EQ(complaint("data:\n  text: a.txt\n  tokens: b.bin\n"),
            "mine.yaml:9: data.tokens: data.text names a file too; only one of them can be the data");
  EXPECT_EQ(complaint("data:\n  format: llm.c\n"),
            "mine.yaml:8: data.format: there is no data.tokens it could describe");
  EXPECT_EQ(complaint("optimizer:\n  momentum: 0.9\n"),
            "mine.yaml:8: optimizer.momentum: AdamW has none; its counterpart is optimizer.betas");
  EXPECT_EQ(complaint("optimizer:\n  kind: sgd\n  betas: [0.9, 0.99]\n"),
            "mine.yaml:9: optimizer.betas: SGD has none; its counterpart is optimizer.momentum");
  EXPECT_EQ(complaint("optimizer: {}\n", {"model.kv_heads=2"}),
            "--set model.kv_heads=2: model.kv_heads: gpt2 has none");
  EXPECT_EQ(complaint("optimizer: {}\n", {"model.family=llama", "model.kv_heads=3"}),
            "--set model.kv_heads=3: model.kv_heads: 3 do not divide model.heads, which is 4");
  EXPECT_EQ(complaint("optimizer: {}\n", {"model.family=llama", "model.dropout=0.1"}),
            "--set model.dropout=0.1: model.dropout: Llama has none; use 0");
  EXPECT_EQ(complaint("optimizer:\n  kind: adafactor\n  momentum: 0.9\n"),
            "mine.yaml:9: optimizer.momentum: Adafactor has none");
  EXPECT_EQ(complaint("optimizer:\n  kind: sgd\n  centered: true\n"),
            "mine.yaml:9: optimizer.centered: SGD cannot be centred; RMSprop can");
  EXPECT_EQ(complaint("optimizer:\n  kind: lamb\n  implementation: foreach\n"),
            "mine.yaml:9: optimizer.implementation: LAMB has no other than loop; adamw and adam have");
  EXPECT_EQ(complaint("loss:\n  chunk_rows: 64\n  hold_logits: true\n"),
            "mine.yaml:9: loss.hold_logits: with loss.chunk_rows the logits are never all there to be held");
  // A default that does not fit has no line: the file is named.
  EXPECT_EQ(complaint("", {"model.positions=128"}),
            "mine.yaml: train.sequence: 256 is more than model.positions, which is 128");
}

TEST_F(ConfigTest, RefusesModesThatDoNotFitTogetherAndNamesTheNearestThatDo) {
  EXPECT_EQ(complaint("", {"model.attention=cudnn"}),
            "--set model.attention=cudnn: model.attention: cudnn takes half precision only; use efficient, or "
            "precision: autocast-bf16");
  EXPECT_EQ(complaint("", {"train.checkpoint_every=3"}),
            "--set train.checkpoint_every=3: train.checkpoint_every: train.checkpointing is not every, so there is "
            "nothing to count");
  EXPECT_EQ(complaint("", {"scaler.growth_interval=3"}),
            "--set scaler.growth_interval=3: scaler.growth_interval: only precision: autocast-fp16 scales its loss");
}

TEST_F(ConfigTest, RefusesBrokenFiles) {
  EXPECT_EQ(complaint("  steps: 11\n"), "mine.yaml:7: train.steps: this key is there twice, first at mine.yaml:6");
  EXPECT_EQ(complaint("model:\n  heads: 2\n"), "mine.yaml:7: model: this section is there twice");
  EXPECT_EQ(complaint("loss: 3\n"), "mine.yaml:7: loss: expected keys of this section");
  EXPECT_THAT(complaint("loss: [1, 2\n"), HasSubstr("mine.yaml:8: this is not valid YAML: "));
  EXPECT_THAT(load("").error().message, HasSubstr("mine.yaml: expected sections such as model and train, found none"));
  EXPECT_THAT(load("model:\n  blocks: 1\n  heads: 1\n").error().message,
              HasSubstr("model.hidden: this key is missing"));
}

TEST_F(ConfigTest, OverridesReplaceTheFileWithTheSameChecks) {
  const auto config =
      load(kSmall, {"train.steps=3", "train.steps=4", "optimizer.betas=[0.8, 0.9]", "data.text=my.txt"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->train.steps, 4) << "the last one counts";
  EXPECT_DOUBLE_EQ(config->optimizer.betas[0], 0.8);
  EXPECT_EQ(config->data.text, "my.txt") << "paths in overrides are relative to the working directory";

  EXPECT_EQ(complaint("", {"train.stepps=3"}),
            "--set train.stepps=3: train.stepps: unknown key; did you mean train.steps?");
  EXPECT_EQ(complaint("", {"train.steps=many"}),
            "--set train.steps=many: train.steps: expected a whole number from 1 to 1000000000, found 'many'");
  EXPECT_EQ(complaint("", {"train.steps"}), "--set train.steps: expected key=value, such as train.batch_size=8");
  EXPECT_EQ(complaint("", {"model=gpt2"}), "--set model=gpt2: model: this is a section; name one of its keys");
}

TEST_F(ConfigTest, DataNamedInAnOverrideReplacesTheFilesOtherKind) {
  const auto config = load(std::string(kSmall) + "data:\n  text: a.txt\n", {"data.tokens=b.bin"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data.tokens, "b.bin");
  EXPECT_TRUE(config->data.text.empty());
}

TEST_F(ConfigTest, WrittenConfigReadsBackToTheSameValue) {
  for (const char* name : {"gpt_small.yaml", "gpt_small_qlora.yaml", "gpt_tiny.yaml", "gpt_medium.yaml"}) {
    for (const char* change :
         {"train.seed=7", "optimizer.learning_rate=0.00012345678901234567", "name='yes: \"no\" #'"}) {
      const std::vector<std::string> overrides = {change};
      const auto config = load_config(name, overrides, PROFILE_TRAIN_RESOURCES);
      ASSERT_TRUE(config) << config.error().message;
      const auto again = load(to_yaml(*config));
      ASSERT_TRUE(again) << again.error().message << "\n" << to_yaml(*config);
      EXPECT_EQ(*again, *config) << to_yaml(*config);
    }
  }
  const auto sgd = load(std::string(kSmall) + "optimizer: {kind: sgd, momentum: 0.5}\ndata: {text: /a b.txt}\n");
  ASSERT_TRUE(sgd) << sgd.error().message;
  const auto again = load(to_yaml(*sgd));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->optimizer, sgd->optimizer);
  EXPECT_EQ(again->data, sgd->data);
}

TEST(ShippedConfigs, AreFoundByNameWithAndWithoutTheEnding) {
  for (const char* name : {"gpt_small", "gpt_small.yaml"}) {
    const auto config = load_config(name, {}, PROFILE_TRAIN_RESOURCES);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->name, "gpt_small");
    EXPECT_EQ(config->model.blocks, 12);
    EXPECT_TRUE(std::filesystem::is_regular_file(config->shipped_text));
  }
}

TEST(ShippedConfigs, AMistypedNameGetsASuggestion) {
  const std::string folder = (std::filesystem::path(PROFILE_TRAIN_RESOURCES) / "configs").string();
  EXPECT_EQ(
      load_config("gpt_smal.yaml", {}, PROFILE_TRAIN_RESOURCES).error().message,
      fmt::format("config 'gpt_smal.yaml' was not found, neither as given nor in {}; did you mean gpt_small?", folder));
  EXPECT_EQ(load_config("something_else_entirely", {}, PROFILE_TRAIN_RESOURCES).error().message,
            fmt::format("config 'something_else_entirely' was not found, neither as given nor in {}; there are "
                        "gpt_medium, gpt_small, gpt_small_qlora, gpt_tiny, llama_tiny",
                        folder));
  EXPECT_EQ(load_config("/", {}, PROFILE_TRAIN_RESOURCES).error().message, "config '/' is a folder; name a YAML file");
}

}  // namespace
}  // namespace profile_train::workloads
