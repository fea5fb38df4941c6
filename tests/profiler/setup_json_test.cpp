#include "profiler/setup_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace profile_train {
namespace {

using Json = nlohmann::ordered_json;

// Every field has a value that is not its default. A field that is added later fails to compile here: give it a value,
// and add it to setup_json.cpp.
TrainingSetup unusual_setup() {
  TrainingSetup setup;
  auto& [model_family, blocks, decoder_blocks, hidden, heads, kv_heads, head_size, feed_forward, vocabulary, positions,
         gated_feed_forward, tied_head, dropout, batch, sequence, steps, accumulation, clip_norm, gradients_set_to_none,
         logits_held, loss_chunk_rows, attention, padding, checkpointing, checkpoint_every, task, frozen_blocks,
         lora_rank, weight_storage, quantisation_group, pruning, pruned_share, teacher_blocks, teacher_hidden,
         teacher_heads, optimizer, optimizer_implementation, momentum, centered, weight_decay, precision, loss_scaled,
         device, compute_capability, multiprocessors, threads, cublas_workspace_bytes, cublaslt_workspace_bytes] =
      setup;
  model_family = "gpt3";
  blocks = 1;
  decoder_blocks = 14;
  hidden = 2;
  heads = 3;
  kv_heads = 15;
  head_size = 16;
  feed_forward = 4;
  vocabulary = 5;
  positions = 6;
  gated_feed_forward = true;
  tied_head = false;
  dropout = 0.1;
  batch = 7;
  sequence = 8;
  steps = 9;
  accumulation = 10;
  clip_norm = 0.5;
  gradients_set_to_none = false;
  logits_held = true;
  loss_chunk_rows = 17;
  attention = AttentionKind::sdpa;
  padding = 0.25;
  checkpointing = Checkpointing::every;
  checkpoint_every = 14;
  task = Task::inference;
  frozen_blocks = 18;
  lora_rank = 19;
  weight_storage = WeightStorage::int4;
  quantisation_group = 20;
  pruning = Pruning::unstructured;
  pruned_share = 0.75;
  teacher_blocks = 21;
  teacher_hidden = 22;
  teacher_heads = 23;
  optimizer = OptimizerKind::sgd;
  optimizer_implementation = OptimizerImplementation::fused;
  momentum = 0.9;
  centered = true;
  weight_decay = 0.01;
  precision = Precision::bf16;
  device = "cuda:0";
  loss_scaled = true;
  compute_capability = 90;
  multiprocessors = 24;
  threads = 11;
  cublas_workspace_bytes = 12;
  cublaslt_workspace_bytes = 13;
  return setup;
}

TEST(SetupJson, GivesBackEveryFieldOfASetup) {
  const TrainingSetup setup = unusual_setup();
  const Result<TrainingSetup> read = setup_from_json(Json::parse(to_json(setup).dump()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, setup);
}

TEST(SetupJson, GivesBackEveryFieldOfAHeader) {
  TraceHeader header;
  auto& [tool_version, libtorch_version, device, clock, command, config_name, config_text, started_at, process_id,
         setup] = header;
  tool_version = "0.1.0";
  libtorch_version = "2.11.0";
  device = "cpu";
  clock = "CLOCK_MONOTONIC";
  command = "profile-train --config \"gpt small\".yaml";
  config_name = "gpt_small";
  config_text = "model:\n  blocks: 12\n";
  started_at = "2026-01-01T00:00:00Z";
  process_id = 4'242;
  setup = unusual_setup();

  const Result<TraceHeader> read = header_from_json(to_json(header));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(header));
  EXPECT_EQ(read->config_text, config_text);
  EXPECT_EQ(read->process_id, 4'242);
  EXPECT_EQ(read->setup, setup);
}

TEST(SetupJson, AHeaderOfALoopThatToldNothingHasNoSetup) {
  const Json json = to_json(TraceHeader{});
  EXPECT_TRUE(json.at("setup").is_null());
  EXPECT_FALSE(header_from_json(json)->setup.has_value());
}

TEST(SetupJson, GivesBackEveryFieldOfAFooter) {
  TraceFooter footer;
  auto& [events, dropped_events, dropped_scopes, hook_samples, hook_ns, profiler_bytes, resident_at_start_bytes,
         resident_peak_bytes, interrupted, failure, simulated, data_dependent_reads, unimplemented_calls, limitation,
         driver_recorded, driver_limitation, driver_records, own_device_bytes, process_limitation] = footer;
  events = 1;
  dropped_events = 0xFFFF'FFFF'FFFF'FFFF;
  dropped_scopes = 2;
  hook_samples = 3;
  hook_ns = 4;
  profiler_bytes = 5;
  resident_at_start_bytes = 6;
  resident_peak_bytes = 7;
  interrupted = true;
  failure = "out of memory";
  simulated = true;
  data_dependent_reads = 8;
  unimplemented_calls = 9;
  limitation = "CUDA memory is not recorded";
  driver_recorded = true;
  driver_limitation = "records were dropped";
  driver_records = 10;
  own_device_bytes = 11;
  process_limitation = "no NVML";
  const Result<TraceFooter> read = footer_from_json(Json::parse(to_json(footer).dump()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, footer);
}

TEST(SetupJson, MissingKeysKeepTheirDefaultsAndUnknownKeysAreIgnored) {
  EXPECT_EQ(*setup_from_json(Json::parse(R"({"a later field": [1]})")), TrainingSetup{});
}

TEST(SetupJson, AValueOfTheWrongTypeNamesItsKey) {
  const auto error_of = [](const char* text) { return setup_from_json(Json::parse(text)).error().message; };
  EXPECT_EQ(error_of(R"({"blocks": "12"})"), "\"blocks\" of the training setup is not a whole number");
  EXPECT_EQ(error_of(R"({"blocks": 12.5})"), "\"blocks\" of the training setup is not a whole number");
  EXPECT_EQ(error_of(R"({"blocks": 18446744073709551615})"), "\"blocks\" of the training setup is not a whole number");
  EXPECT_EQ(error_of(R"({"tied_head": 1})"), "\"tied_head\" of the training setup is not true or false");
  EXPECT_EQ(error_of(R"({"dropout": null})"), "\"dropout\" of the training setup is not a number");
  EXPECT_EQ(error_of(R"({"device": 0})"), "\"device\" of the training setup is not a text");
  EXPECT_EQ(error_of(R"({"optimizer": "nadam"})"),
            "\"optimizer\" of the training setup is not one that this program knows");
  EXPECT_EQ(error_of("[]"), "the training setup is not a JSON object");
  EXPECT_EQ(header_from_json(Json::parse(R"({"setup": {"heads": true}})")).error().message,
            "\"heads\" of the training setup is not a whole number");
}

}  // namespace
}  // namespace profile_train
