#include "profiler/memory_model/zoo.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "profiler/nearest.h"

namespace profile_train {
namespace {

// name, family, L, H, a, heads of k and v, d, F, V, T, tied, parameters. 0: as many as a; H/a.
constexpr KnownModel kModels[] = {
    {"gpt2", "gpt2", 12, 768, 12, 0, 0, 3072, 50257, 1024, true, 124'439'808},
    {"gpt2-medium", "gpt2", 24, 1024, 16, 0, 0, 4096, 50257, 1024, true, 354'823'168},
    {"gpt2-large", "gpt2", 36, 1280, 20, 0, 0, 5120, 50257, 1024, true, 774'030'080},
    {"gpt2-xl", "gpt2", 48, 1600, 25, 0, 0, 6400, 50257, 1024, true, 1'557'611'200, "1.5B, 6 GB"},
    {"gpt3-175b", "gpt2", 96, 12288, 96, 0, 0, 49152, 50257, 2048, true, 174'604'259'328, "175B, 700 GB"},
    {"llama-2-7b", "llama", 32, 4096, 32, 0, 0, 11008, 32000, 4096, false, 6'738'415'616},
    {"llama-2-13b", "llama", 40, 5120, 40, 0, 0, 13824, 32000, 4096, false, 13'015'864'320},
    {"llama-2-70b", "llama", 80, 8192, 64, 8, 0, 28672, 32000, 4096, false, 68'976'648'192},
    {"llama-3-8b", "llama", 32, 4096, 32, 8, 0, 14336, 128256, 8192, false, 8'030'261'248},
    {"llama-3-70b", "llama", 80, 8192, 64, 8, 0, 28672, 128256, 8192, false, 70'553'706'496},
    {"bert-base", "bert", 12, 768, 12, 0, 0, 3072, 30522, 512, true, 109'514'298},
    {"bert-large", "bert", 24, 1024, 16, 0, 0, 4096, 30522, 512, true, 335'174'458, "340M, 1.3 GB"},
    {"t5-small", "t5", 6, 512, 8, 0, 64, 2048, 32128, 512, true, 60'506'624},
    {"t5-base", "t5", 12, 768, 12, 0, 64, 3072, 32128, 512, true, 222'903'552},
    {"t5-large", "t5", 24, 1024, 16, 0, 64, 4096, 32128, 512, true, 737'668'096},
    {"t5-3b", "t5", 24, 1024, 32, 0, 128, 16384, 32128, 512, true, 2'851'598'336},
    {"t5-11b", "t5", 24, 1024, 128, 0, 128, 65536, 32128, 512, true, 11'307'321'344, "11B"},
};

}  // namespace

std::span<const KnownModel> known_models() { return kModels; }

TrainingSetup setup_of(const KnownModel& model) {
  constexpr std::int64_t kLongest = 1024;
  TrainingSetup s;
  s.model_family = model.family;
  s.blocks = model.blocks;
  s.decoder_blocks = s.model_family == "t5" ? model.blocks : 0;
  s.hidden = model.hidden;
  s.heads = model.heads;
  s.kv_heads = model.kv_heads;
  s.head_size = model.head_size;
  s.feed_forward = model.feed_forward;
  s.vocabulary = model.vocabulary;
  s.positions = model.positions;
  s.tied_head = model.tied_head;
  s.batch = 1;
  s.sequence = std::min(model.positions, kLongest);
  s.attention = AttentionKind::sdpa;
  return s;
}

Result<TrainingSetup> known_model(std::string_view name) {
  const auto found = std::ranges::find(kModels, name, &KnownModel::name);
  if (found != std::end(kModels)) return setup_of(*found);
  std::vector<std::string> names;
  for (const KnownModel& model : kModels) names.emplace_back(model.name);
  if (const auto meant = nearest(std::string(name), names))
    return failure(fmt::format("model '{}' is not known; did you mean {}?", name, *meant));
  return failure(fmt::format("model '{}' is not known; there are {}, or name the config.json of a Hugging Face model",
                             name, fmt::join(names, ", ")));
}

}  // namespace profile_train
