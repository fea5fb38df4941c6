#include "workloads/config_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"

namespace profile_train::workloads {
namespace {

using Problem = std::optional<std::string>;
using Read = std::function<Problem(TrainingConfig&, const YAML::Node&)>;

std::string found(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "found nothing";
  if (node.IsMap()) return "found a section";
  if (node.IsSequence()) return "found a list";
  return fmt::format("found '{}'", node.Scalar());
}

/// The letters of a plain value; none for lists, sections and quoted texts, which are no numbers.
std::optional<std::string> plain(const YAML::Node& node) {
  if (!node.IsScalar() || node.Tag() == "!") return std::nullopt;
  return node.Scalar();
}

template <typename Number>
std::optional<Number> number(const YAML::Node& node) {
  const auto text = plain(node);
  if (!text) return std::nullopt;
  Number value{};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

struct Range {
  std::int64_t least = 1;
  /// Large enough for any model, small enough that no product of sizes overflows by accident.
  std::int64_t most = 1'000'000'000;
};

template <typename Member>  // Member: TrainingConfig& -> std::int64_t&
ConfigField whole(std::string key, Member member, Range range = {}, bool required = false) {
  const Read read = [member, range](TrainingConfig& config, const YAML::Node& node) -> Problem {
    const auto value = number<std::int64_t>(node);
    if (!value || *value < range.least || *value > range.most) {
      return fmt::format("expected a whole number from {} to {}, {}", range.least, range.most, found(node));
    }
    member(config) = *value;
    return std::nullopt;
  };
  const auto write = [member](const TrainingConfig& config) { return fmt::format("{}", member(config)); };
  return {std::move(key), read, write, required};
}

/// A fraction of one: from 0, and below 1.
struct Fraction {};
/// Anything from 0 up.
struct NotNegative {};
/// Anything above 0.
struct Positive {};

Problem read_real(double& target, const YAML::Node& node, Fraction) {
  const auto value = number<double>(node);
  if (!value || !(*value >= 0.0 && *value < 1.0)) {
    return fmt::format("expected a number from 0 to less than 1, {}", found(node));
  }
  target = *value;
  return std::nullopt;
}

Problem read_real(double& target, const YAML::Node& node, NotNegative) {
  const auto value = number<double>(node);
  if (!value || !std::isfinite(*value) || *value < 0.0)
    return fmt::format("expected a number from 0 up, {}", found(node));
  target = *value;
  return std::nullopt;
}

Problem read_real(double& target, const YAML::Node& node, Positive) {
  const auto value = number<double>(node);
  if (!value || !std::isfinite(*value) || *value <= 0.0)
    return fmt::format("expected a number above 0, {}", found(node));
  target = *value;
  return std::nullopt;
}

template <typename Member, typename Kind>
ConfigField real(std::string key, Member member, Kind kind) {
  const Read read = [member, kind](TrainingConfig& config, const YAML::Node& node) {
    return read_real(member(config), node, kind);
  };
  const auto write = [member](const TrainingConfig& config) { return fmt::format("{}", member(config)); };
  return {std::move(key), read, write};
}

template <typename Value>
using Choices = std::vector<std::pair<std::string, Value>>;

template <typename Mode, std::size_t kCount>
Choices<Mode> keys_of(const ModeName<Mode> (&names)[kCount]) {
  Choices<Mode> choices;
  for (const ModeName<Mode>& name : names) choices.emplace_back(name.key, name.mode);
  return choices;
}

/// One of several words.
template <typename Value, typename Member>
ConfigField choice(std::string key, Choices<Value> choices, Member member) {
  const Read read = [member, choices](TrainingConfig& config, const YAML::Node& node) -> Problem {
    std::vector<std::string> words;
    for (const auto& [word, value] : choices) {
      words.push_back(word);
      if (node.IsScalar() && node.Scalar() == word) {
        member(config) = value;
        return std::nullopt;
      }
    }
    return fmt::format("expected {}{}, {}", words.size() > 1 ? "one of " : "", fmt::join(words, ", "), found(node));
  };
  std::vector<std::string> values;
  for (const auto& [word, value] : choices) values.push_back(word);
  const auto write = [member, choices](const TrainingConfig& config) {
    for (const auto& [word, value] : choices) {
      if (member(config) == value) return word;
    }
    return std::string();
  };
  return {std::move(key), read, write, false, std::move(values)};
}

template <typename Member>
ConfigField truth(std::string key, Member member) {
  return choice<bool>(std::move(key), {{"true", true}, {"false", false}}, member);
}

std::string quoted(const std::string& text) { return YAML::Dump(YAML::Node(text)); }

template <typename Member>
ConfigField path(std::string key, Member member) {
  const Read read = [member](TrainingConfig& config, const YAML::Node& node) -> Problem {
    if (!node.IsScalar() || node.Scalar().empty()) return fmt::format("expected the path of a file, {}", found(node));
    member(config) = node.Scalar();
    return std::nullopt;
  };
  const auto write = [member](const TrainingConfig& config) {
    return member(config).empty() ? std::string() : quoted(member(config).string());
  };
  return {std::move(key), read, write};
}

ConfigField name_field() {
  const Read read = [](TrainingConfig& config, const YAML::Node& node) -> Problem {
    if (!node.IsScalar() || node.Scalar().empty()) return fmt::format("expected a name, {}", found(node));
    config.name = node.Scalar();
    return std::nullopt;
  };
  return {"name", read, [](const TrainingConfig& config) { return quoted(config.name); }};
}

ConfigField device_field() {
  const Read read = [](TrainingConfig& config, const YAML::Node& node) -> Problem {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    const bool numbered = text.starts_with("cuda:") && text.size() > 5 && text.size() < 8 &&
                          text.find_first_not_of("0123456789", 5) == std::string::npos;
    if (text != "cpu" && text != "cuda" && !numbered)
      return fmt::format("expected cpu, cuda or a numbered one such as cuda:1, {}", found(node));
    config.device = text;
    return std::nullopt;
  };
  return {"device", read, [](const TrainingConfig& config) { return config.device; }};
}

ConfigField betas_field() {
  const Read read = [](TrainingConfig& config, const YAML::Node& node) -> Problem {
    if (!node.IsSequence() || node.size() != 2) {
      return fmt::format("expected a list of two numbers, such as [0.9, 0.999], {}", found(node));
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (auto problem = read_real(config.optimizer.betas[i], node[i], Fraction{})) return problem;
    }
    return std::nullopt;
  };
  const auto write = [](const TrainingConfig& config) {
    return fmt::format("[{}, {}]", config.optimizer.betas[0], config.optimizer.betas[1]);
  };
  return {"optimizer.betas", read, write};
}

/// What reads and writes one member, of a constant configuration and of one that is being filled.
template <typename Section, typename Value>
auto in(Section TrainingConfig::*section, Value Section::*member) {
  return [ section, member ](auto& config) -> auto& { return config.*section.*member; };
}

template <typename Value>
auto in(Value TrainingConfig::*member) {
  return [member](auto& config) -> auto& { return config.*member; };
}

Choices<OptimizerKind> keys_of_optimizers() {
  Choices<OptimizerKind> choices;
  for (const OptimizerNames& names : kOptimizers) choices.emplace_back(names.key, names.kind);
  return choices;
}

Choices<OptimizerImplementation> keys_of_implementations() {
  Choices<OptimizerImplementation> choices;
  for (const ImplementationName& name : kOptimizerImplementations) choices.emplace_back(name.key, name.implementation);
  return choices;
}

std::vector<ConfigField> make_fields() {
  constexpr Range kSize{.least = 1, .most = 1'000'000};
  constexpr Range kSizeOrNone{.least = 0, .most = kSize.most};  // 0: as the other sizes say
  return {
      name_field(),
      choice<Task>("task", keys_of(kTasks), in(&TrainingConfig::task)),
      choice<Precision>("precision", keys_of(kPrecisions), in(&TrainingConfig::precision)),
      device_field(),

      choice<std::string>("model.family", {{"gpt2", "gpt2"}, {"llama", "llama"}, {"bert", "bert"}, {"t5", "t5"}},
                          in(&TrainingConfig::model, &ModelConfig::family)),
      whole("model.blocks", in(&TrainingConfig::model, &ModelConfig::blocks), {.least = 1, .most = 10'000}, true),
      whole("model.decoder_blocks", in(&TrainingConfig::model, &ModelConfig::decoder_blocks),
            {.least = 0, .most = 10'000}),
      whole("model.hidden", in(&TrainingConfig::model, &ModelConfig::hidden), kSize, true),
      whole("model.heads", in(&TrainingConfig::model, &ModelConfig::heads), kSize, true),
      whole("model.kv_heads", in(&TrainingConfig::model, &ModelConfig::kv_heads), kSizeOrNone),
      whole("model.head_size", in(&TrainingConfig::model, &ModelConfig::head_size), kSizeOrNone),
      whole("model.feed_forward", in(&TrainingConfig::model, &ModelConfig::feed_forward), kSize),
      truth("model.gated_feed_forward", in(&TrainingConfig::model, &ModelConfig::gated_feed_forward)),
      whole("model.vocabulary", in(&TrainingConfig::model, &ModelConfig::vocabulary), {.least = 2, .most = kSize.most}),
      whole("model.positions", in(&TrainingConfig::model, &ModelConfig::positions), kSize),
      real("model.dropout", in(&TrainingConfig::model, &ModelConfig::dropout), Fraction{}),
      choice<AttentionKind>("model.attention", keys_of(kAttentions),
                            in(&TrainingConfig::model, &ModelConfig::attention)),
      real("model.rotary_base", in(&TrainingConfig::model, &ModelConfig::rotary_base), Positive{}),
      truth("model.tied_head", in(&TrainingConfig::model, &ModelConfig::tied_head)),

      whole("train.batch_size", in(&TrainingConfig::train, &TrainConfig::batch_size), kSize),
      whole("train.sequence", in(&TrainingConfig::train, &TrainConfig::sequence), kSize),
      whole("train.steps", in(&TrainingConfig::train, &TrainConfig::steps)),
      whole("train.accumulation", in(&TrainingConfig::train, &TrainConfig::accumulation), kSize),
      real("train.clip_norm", in(&TrainingConfig::train, &TrainConfig::clip_norm), NotNegative{}),
      choice<bool>("train.zero_grad", {{"set_to_none", true}, {"zero", false}},
                   in(&TrainingConfig::train, &TrainConfig::zero_grad_to_none)),
      choice<Checkpointing>("train.checkpointing", keys_of(kCheckpointings),
                            in(&TrainingConfig::model, &ModelConfig::checkpointing)),
      whole("train.checkpoint_every", in(&TrainingConfig::model, &ModelConfig::checkpoint_every),
            {.least = 1, .most = 10'000}),
      real("train.padding", in(&TrainingConfig::train, &TrainConfig::padding), Fraction{}),
      whole("train.seed", in(&TrainingConfig::train, &TrainConfig::seed),
            {.least = 0, .most = std::numeric_limits<std::int64_t>::max()}),
      whole("train.threads", in(&TrainingConfig::train, &TrainConfig::threads), {.least = 0, .most = 1024}),

      whole("finetune.frozen_blocks", in(&TrainingConfig::model, &ModelConfig::frozen_blocks),
            {.least = 0, .most = 10'000}),
      whole("finetune.lora_rank", in(&TrainingConfig::model, &ModelConfig::lora_rank), kSizeOrNone),
      real("finetune.lora_alpha", in(&TrainingConfig::model, &ModelConfig::lora_alpha), Positive{}),

      choice<WeightStorage>("compression.weights", keys_of(kWeightStorages),
                            in(&TrainingConfig::model, &ModelConfig::weights)),
      whole("compression.group", in(&TrainingConfig::model, &ModelConfig::quantisation_group), kSize),
      choice<Pruning>("compression.pruning", keys_of(kPrunings), in(&TrainingConfig::model, &ModelConfig::pruning)),
      real("compression.pruned_share", in(&TrainingConfig::model, &ModelConfig::pruned_share), Fraction{}),

      whole("distillation.teacher_blocks", in(&TrainingConfig::distillation, &DistillationConfig::teacher_blocks),
            {.least = 0, .most = 10'000}),
      whole("distillation.teacher_hidden", in(&TrainingConfig::distillation, &DistillationConfig::teacher_hidden),
            kSizeOrNone),
      whole("distillation.teacher_heads", in(&TrainingConfig::distillation, &DistillationConfig::teacher_heads),
            kSizeOrNone),
      real("distillation.temperature", in(&TrainingConfig::distillation, &DistillationConfig::temperature), Positive{}),
      real("distillation.weight", in(&TrainingConfig::distillation, &DistillationConfig::weight), Fraction{}),

      choice<OptimizerKind>("optimizer.kind", keys_of_optimizers(),
                            in(&TrainingConfig::optimizer, &OptimizerConfig::kind)),
      choice<OptimizerImplementation>("optimizer.implementation", keys_of_implementations(),
                                      in(&TrainingConfig::optimizer, &OptimizerConfig::implementation)),
      real("optimizer.learning_rate", in(&TrainingConfig::optimizer, &OptimizerConfig::learning_rate), NotNegative{}),
      real("optimizer.weight_decay", in(&TrainingConfig::optimizer, &OptimizerConfig::weight_decay), NotNegative{}),
      betas_field(),
      real("optimizer.momentum", in(&TrainingConfig::optimizer, &OptimizerConfig::momentum), Fraction{}),
      truth("optimizer.centered", in(&TrainingConfig::optimizer, &OptimizerConfig::centered)),

      truth("loss.hold_logits", in(&TrainingConfig::loss, &LossConfig::hold_logits)),
      whole("loss.chunk_rows", in(&TrainingConfig::loss, &LossConfig::chunk_rows), {.least = 0}),

      truth("scaler.enabled", in(&TrainingConfig::scaler, &ScalerConfig::enabled)),
      real("scaler.initial_scale", in(&TrainingConfig::scaler, &ScalerConfig::initial_scale), Positive{}),
      real("scaler.growth_factor", in(&TrainingConfig::scaler, &ScalerConfig::growth_factor), Positive{}),
      real("scaler.backoff_factor", in(&TrainingConfig::scaler, &ScalerConfig::backoff_factor), Positive{}),
      whole("scaler.growth_interval", in(&TrainingConfig::scaler, &ScalerConfig::growth_interval)),

      path("data.text", in(&TrainingConfig::data, &DataConfig::text)),
      path("data.tokens", in(&TrainingConfig::data, &DataConfig::tokens)),
      choice<TokenFormat>(
          "data.format",
          {{"auto", TokenFormat::automatic}, {"llm.c", TokenFormat::llm_c}, {"nanogpt", TokenFormat::nanogpt}},
          in(&TrainingConfig::data, &DataConfig::format)),
  };
}

}  // namespace

std::span<const ConfigField> config_fields() {
  static const std::vector<ConfigField> fields = make_fields();
  return fields;
}

}  // namespace profile_train::workloads
