#include "profiler/memory_model/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/memory_model/estimate.h"
#include "profiler/memory_model/hugging_face.h"
#include "profiler/memory_model/parameter_count.h"

namespace profile_train {
namespace {

using testing::HasSubstr;

TEST(Zoo, CountsWhatWasPublishedOfEveryModel) {
  for (const KnownModel& model : known_models())
    EXPECT_EQ(parameter_count(setup_of(model)), model.published_parameters) << model.name;
}

/// The same figures once more, as formulas that can be checked by hand.
TEST(Zoo, CountsByHand) {
  const auto count = [](const char* name) { return parameter_count(*known_model(name)); };
  constexpr std::int64_t kH = 4096, kF = 11008, kV = 32000;
  EXPECT_EQ(count("llama-2-7b"), 2 * kV * kH + 32 * (4 * kH * kH + 3 * kH * kF + 2 * kH) + kH);
  // Llama 3 has 8 heads of keys and values for 32 of queries, each 128 wide.
  EXPECT_EQ(count("llama-3-8b"),
            2 * 128256 * kH + 32 * (2 * kH * kH + 2 * kH * (8 * 128) + 3 * kH * 14336 + 2 * kH) + kH);
  // BERT: two tables and two segments with a norm; blocks of 12H² + 13H; a head of H² + H with a norm, and V biases.
  EXPECT_EQ(count("bert-base"),
            (30522 + 512 + 2 + 2) * 768 + 12 * (12 * 768 * 768 + 13 * 768) + 768 * 768 + 3 * 768 + 30522);
  // T5: the decoder has twice the attention and a norm more a block; a bias of 32 distances a head in each stack.
  EXPECT_EQ(count("t5-small"), 32128 * 512 + 6 * (12 * 512 * 512 + 4 * 512 * 2048 + 5 * 512) + 2 * 512 + 2 * 32 * 8);
}

TEST(Zoo, SuggestsTheNearestName) {
  EXPECT_EQ(known_model("llama-2-7bb").error().message, "model 'llama-2-7bb' is not known; did you mean llama-2-7b?");
  EXPECT_THAT(known_model("something-else").error().message, HasSubstr("there are gpt2, gpt2-medium"));
}

// ---- config.json

constexpr const char* kLlama = R"({"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
  "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32, "vocab_size": 128256,
  "max_position_embeddings": 8192, "rope_theta": 500000.0, "tie_word_embeddings": false})";

TEST(HuggingFace, ReadsEachFamily) {
  EXPECT_EQ(parameter_count(*setup_from_hugging_face(kLlama, "c")), 8'030'261'248);
  EXPECT_EQ(parameter_count(
                *setup_from_hugging_face(R"({"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12})", "c")),
            124'439'808);
  EXPECT_EQ(parameter_count(*setup_from_hugging_face(R"({"model_type": "bert", "hidden_size": 1024, "vocab_size": 30522,
      "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 24})",
                                                     "c")),
            335'174'458);
  EXPECT_EQ(parameter_count(*setup_from_hugging_face(R"({"model_type": "t5", "d_model": 512, "d_kv": 64, "d_ff": 2048,
      "num_heads": 8, "num_layers": 6, "vocab_size": 32128})",
                                                     "c")),
            60'506'624);
  // T5 1.1 small: gated, and a head of its own. 76,961,152 is what its checkpoint has.
  EXPECT_EQ(parameter_count(*setup_from_hugging_face(R"({"model_type": "t5", "d_model": 512, "d_kv": 64, "d_ff": 1024,
      "num_heads": 6, "num_layers": 8, "vocab_size": 32128, "feed_forward_proj": "gated-gelu",
      "tie_word_embeddings": false})",
                                                     "c")),
            76'961'152);
}

TEST(HuggingFace, RefusesWhatItCannotCountInOneSentence) {
  const auto complaint = [](const std::string& text) {
    return setup_from_hugging_face(text, "c.json").error().message;
  };
  EXPECT_EQ(complaint("{"), "c.json: this is not valid JSON");
  EXPECT_EQ(complaint("[1]"), "c.json: expected an object with a model_type");
  EXPECT_EQ(complaint("{}"), "c.json: model_type: expected one of gpt2, llama, bert, t5, found ''");
  EXPECT_EQ(complaint(R"({"model_type": "mamba"})"),
            "c.json: model_type: expected one of gpt2, llama, bert, t5, found 'mamba'");
  EXPECT_EQ(complaint(R"({"model_type": "gpt2", "n_embd": 768})"), "c.json: n_layer: this key is missing");
  EXPECT_EQ(complaint(R"({"model_type": "gpt2", "n_layer": -1})"),
            "c.json: n_layer: expected a whole number from 1 to 1000000000, found -1");
  EXPECT_EQ(complaint(R"({"model_type": "gpt2", "n_layer": 2, "n_embd": 10, "n_head": 3})"),
            "c.json: model_type: 3 heads do not divide a hidden size of 10");
  std::string text = kLlama;
  text.insert(1, R"("attention_bias": true, )");
  EXPECT_EQ(complaint(text), "c.json: attention_bias: biases in Llama's blocks are not known here");
}

// ---- estimate --model

const EstimateRow* find_row(const Estimate& e, const std::string& table, const std::string& row) {
  for (const EstimateTable& t : e.tables)
    if (t.title.find(table) != std::string::npos)
      for (const EstimateRow& r : t.rows)
        if (r.name == row) return &r;
  return nullptr;
}

TEST(ModelEstimate, HasEveryPrecisionOfAModelThatTheExactModelCovers) {
  TrainingSetup s = *known_model("gpt2");
  s.device = "cuda";
  s.compute_capability = 90;
  const Estimate e = estimate_model(s, "gpt2");
  constexpr std::int64_t kN = 124'439'808;
  EXPECT_EQ(find_row(e, "in fp32", "inference: weights")->bytes, 4 * kN);
  EXPECT_EQ(find_row(e, "in bf16, B", "inference: weights")->bytes, 2 * kN);
  EXPECT_EQ(find_row(e, "in bf16, B", "training: optimizer state")->bytes, 4 * kN);
  EXPECT_EQ(find_row(e, "master", "training: optimizer state")->bytes, 8 * kN);
  EXPECT_EQ(find_row(e, "int8", "inference: weights in int4")->bytes, kN / 2);
  EXPECT_EQ(find_row(e, "in fp32", "training: peak")->bytes, e.peak.exact_bytes);
  for (const char* precision : {"in fp32", "in autocast bf16", "in autocast fp16", "in bf16, B", "master"}) {
    ASSERT_NE(find_row(e, precision, "training: activations"), nullptr) << precision;
    EXPECT_GT(*find_row(e, precision, "training: activations")->bytes, 0) << precision;
    EXPECT_GT(*find_row(e, precision, "training: peak")->bytes, 8 * kN) << precision;
  }
  // For one sequence the weights, the logits and little else.
  const Bytes inference = *find_row(e, "in fp32", "inference: peak")->bytes;
  EXPECT_GT(inference, 4 * kN + 4 * 1024 * 50257);
  EXPECT_LT(inference, 8 * kN);
}

TEST(ModelEstimate, SaysOfASetupWithoutExactRowsThatItIsNotCovered) {
  TrainingSetup s = *known_model("llama-2-7b");
  s.dropout = 0.1;  // which no Llama has
  const Estimate e = estimate_model(s, "llama-2-7b");
  EXPECT_EQ(find_row(e, "in fp32", "training: gradients")->bytes, 4 * std::int64_t{6'738'415'616});
  const EstimateRow* peak = find_row(e, "in fp32", "training: peak");
  EXPECT_EQ(peak->bytes, std::nullopt);
  EXPECT_THAT(peak->note, HasSubstr("not covered by the exact model: "));
  EXPECT_NE(e.why_not, "");
  EXPECT_EQ(e.peak.exact_bytes, std::nullopt);
}

TEST(ModelEstimate, OfLlamaIsWhatCanBeAddedUpByHand) {
  TrainingSetup s = *known_model("llama-2-7b");
  s.device = "cuda";
  const Estimate e = estimate_model(s, "llama-2-7b");
  ASSERT_EQ(e.why_not, "");
  constexpr std::int64_t kN = 6'738'415'616, kTable = 32000 * 4096, kCublas = std::int64_t{1} << 25, kTokens = 1024;
  // The step of AdamW: two temporaries of the largest parameter, and a workspace of cuBLAS for each of two threads.
  const Bytes batch_and_libraries = 16 * kTokens + 2 * kCublas;
  EXPECT_EQ(find_row(e, "in fp32", "training: peak")->bytes, 16 * kN + 8 * kTable + batch_and_libraries);
  EXPECT_EQ(find_row(e, "in autocast bf16", "training: peak")->bytes, 16 * kN + 8 * kTable + batch_and_libraries);
  EXPECT_EQ(find_row(e, "in autocast bf16", "training: weights cast by autocast")->bytes, 2 * (kN - kTable - 65 * 4096))
      << "all but the token table and the norms";
  // By hand as well: blocks keep 32E + 16F numbers' bytes, sums of attention and two statistics; here d is H/a.
  constexpr Bytes kE = kTokens * 4096, kF = kTokens * 11008, kLogits = kTokens * 32000;
  constexpr Bytes kBlock = 32 * kE + 16 * kF + 4 * 32 * kTokens + 8 * kTokens;
  EXPECT_EQ(find_row(e, "in fp32", "training: activations")->bytes,
            32 * kBlock + 8 * kE + 4 * kTokens + 8 * kTokens * 128 + 4 * kLogits + 8);
}

TEST(ModelEstimate, HasEveryPrecisionOfEveryGptAndLlama) {
  for (const KnownModel& model : known_models()) {
    if (model.family != std::string("gpt2") && model.family != std::string("llama")) continue;
    TrainingSetup s = setup_of(model);
    s.device = "cuda";
    const Estimate e = estimate_model(s, model.name);
    for (const char* precision : {"in fp32", "in autocast bf16", "in autocast fp16", "in bf16, B", "master"})
      for (const char* row : {"training: weights", "training: gradients", "training: optimizer state",
                              "training: activations", "training: peak"}) {
        const EstimateRow* found = find_row(e, precision, row);
        ASSERT_NE(found, nullptr) << model.name << " " << precision << " " << row;
        EXPECT_GT(found->bytes.value_or(0), 0) << model.name << " " << precision << " " << row;
      }
    for (const char* precision : {"in fp32", "in bf16, B"})
      EXPECT_GT(find_row(e, precision, "inference: peak")->bytes, find_row(e, precision, "inference: weights")->bytes)
          << model.name;
  }
}

TEST(ModelEstimate, ListsEveryKindOfParameter) {
  const Estimate e = estimate_model(*known_model("llama-3-8b"), "llama-3-8b");
  const EstimateRow* key = find_row(e, "parameters", "model.layers.{i}.self_attn.k_proj.weight");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->formula, "32 · 1024 × 4096");
  EXPECT_EQ(key->count, 32 * 1024 * 4096);
  EXPECT_EQ(find_row(e, "parameters", "all")->count, 8'030'261'248);
  // The texts have two matrices of feed-forward where Llama has three, and no shared heads: 1.1 billion short.
  const EstimateRow* stated = find_row(e, "parameters", "all, as the texts count");
  constexpr std::int64_t kH = 4096, kF = 14336;
  EXPECT_EQ(stated->count, 32 * (4 * kH * kH + 2 * kH * kF + kF + 5 * kH) + 2 * 128256 * kH);
  EXPECT_THAT(stated->note, HasSubstr("too few"));
}

}  // namespace
}  // namespace profile_train
