#include "profiler/memory_model/hugging_face.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace profile_train {
namespace {

using Json = nlohmann::json;

/// Reads keys of one file and keeps the first complaint.
class ConfigFile {
 public:
  ConfigFile(const Json& json, std::string_view name) : json_(json), name_(name) {}

  /// A count from 1 up; without `otherwise` the key must be there.
  std::int64_t count(const char* key, std::optional<std::int64_t> otherwise = std::nullopt) {
    constexpr std::int64_t kMost = 1'000'000'000;
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) {
      if (!otherwise) complain(key, "this key is missing");
      return otherwise.value_or(1);
    }
    if (!found->is_number_integer() || *found < 1 || *found > kMost) {
      complain(key, fmt::format("expected a whole number from 1 to {}, found {}", kMost, found->dump()));
      return 1;
    }
    return found->get<std::int64_t>();
  }

  bool truth(const char* key, bool otherwise) {
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return otherwise;
    if (!found->is_boolean()) complain(key, fmt::format("expected true or false, found {}", found->dump()));
    return found->is_boolean() ? found->get<bool>() : otherwise;
  }

  std::string text(const char* key, const char* otherwise) {
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return otherwise;
    if (!found->is_string()) complain(key, fmt::format("expected a text, found {}", found->dump()));
    return found->is_string() ? found->get<std::string>() : otherwise;
  }

  void complain(const char* key, const std::string& why) {
    if (error_.empty()) error_ = fmt::format("{}: {}: {}", name_, key, why);
  }
  const std::string& error() const { return error_; }

 private:
  const Json& json_;
  std::string_view name_;
  std::string error_;
};

void read_gpt2(ConfigFile& file, TrainingSetup& s) {
  s.blocks = file.count("n_layer");
  s.hidden = file.count("n_embd");
  s.heads = file.count("n_head");
  s.feed_forward = file.count("n_inner", 4 * s.hidden);
  s.positions = file.count("n_positions", 1024);
  s.vocabulary = file.count("vocab_size", 50257);
  s.tied_head = file.truth("tie_word_embeddings", true);
}

void read_llama(ConfigFile& file, TrainingSetup& s) {
  s.blocks = file.count("num_hidden_layers");
  s.hidden = file.count("hidden_size");
  s.heads = file.count("num_attention_heads");
  s.kv_heads = file.count("num_key_value_heads", s.heads);
  s.head_size = file.count("head_dim", std::max<std::int64_t>(1, s.hidden / s.heads));
  s.feed_forward = file.count("intermediate_size");
  s.positions = file.count("max_position_embeddings", 2048);
  s.vocabulary = file.count("vocab_size");
  s.tied_head = file.truth("tie_word_embeddings", false);
  if (s.heads % s.kv_heads != 0)
    file.complain("num_key_value_heads", fmt::format("{} do not divide {} heads of queries", s.kv_heads, s.heads));
  for (const char* key : {"attention_bias", "mlp_bias"})
    if (file.truth(key, false)) file.complain(key, "biases in Llama's blocks are not known here");
}

void read_bert(ConfigFile& file, TrainingSetup& s) {
  s.blocks = file.count("num_hidden_layers");
  s.hidden = file.count("hidden_size");
  s.heads = file.count("num_attention_heads");
  s.feed_forward = file.count("intermediate_size");
  s.positions = file.count("max_position_embeddings", 512);
  s.vocabulary = file.count("vocab_size");
  s.tied_head = file.truth("tie_word_embeddings", true);
  if (const auto segments = file.count("type_vocab_size", 2); segments != 2)
    file.complain("type_vocab_size", fmt::format("only 2 kinds of segments are known here, found {}", segments));
}

void read_t5(ConfigFile& file, TrainingSetup& s) {
  s.blocks = file.count("num_layers");
  s.decoder_blocks = file.count("num_decoder_layers", s.blocks);
  s.hidden = file.count("d_model");
  s.heads = file.count("num_heads");
  s.head_size = file.count("d_kv");
  s.feed_forward = file.count("d_ff");
  s.positions = file.count("n_positions", 512);
  s.vocabulary = file.count("vocab_size");
  s.tied_head = file.truth("tie_word_embeddings", true);
  const std::string activation = file.text("feed_forward_proj", "relu");
  s.gated_feed_forward = activation.starts_with("gated-");
  if (const auto buckets = file.count("relative_attention_num_buckets", 32); buckets != 32)
    file.complain("relative_attention_num_buckets", fmt::format("only 32 are known here, found {}", buckets));
}

struct Reader {
  const char* model_type;
  const char* family;
  void (*read)(ConfigFile& file, TrainingSetup& setup);
};
constexpr Reader kReaders[] = {
    {"gpt2", "gpt2", read_gpt2}, {"llama", "llama", read_llama}, {"bert", "bert", read_bert}, {"t5", "t5", read_t5}};

}  // namespace

Result<TrainingSetup> setup_from_hugging_face(std::string_view text, std::string_view name) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return failure(fmt::format("{}: this is not valid JSON", name));
  if (!json.is_object()) return failure(fmt::format("{}: expected an object with a model_type", name));
  ConfigFile file(json, name);
  const std::string type = file.text("model_type", "");
  const auto reader = std::ranges::find_if(kReaders, [&](const Reader& r) { return type == r.model_type; });
  if (reader == std::end(kReaders))
    file.complain("model_type", fmt::format("expected one of gpt2, llama, bert, t5, found '{}'", type));
  TrainingSetup setup;
  if (file.error().empty()) {
    setup.model_family = reader->family;
    reader->read(file, setup);
  }
  if (file.error().empty() && setup.head_size == 0 && setup.hidden % setup.heads != 0)
    file.complain("model_type", fmt::format("{} heads do not divide a hidden size of {}", setup.heads, setup.hidden));
  if (!file.error().empty()) return failure(file.error());
  constexpr std::int64_t kLongest = 1024;
  setup.batch = 1;
  setup.sequence = std::min(setup.positions, kLongest);
  setup.attention = AttentionKind::sdpa;
  return setup;
}

}  // namespace profile_train
