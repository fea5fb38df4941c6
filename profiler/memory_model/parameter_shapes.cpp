#include "profiler/memory_model/parameter_shapes.h"

#include <utility>

namespace profile_train {
namespace {

/// Collects parameters under the path of a module.
class Shapes {
 public:
  void add(std::string name, std::vector<std::int64_t> sizes) { all_.push_back({std::move(name), std::move(sizes)}); }
  /// y = x W + b with W (in, out), as GPT-2's checkpoints have it.
  void conv1d(const std::string& path, std::int64_t in, std::int64_t out) {
    add(path + ".weight", {in, out});
    add(path + ".bias", {out});
  }
  void layer_norm(const std::string& path, std::int64_t width) {
    add(path + ".weight", {width});
    add(path + ".bias", {width});
  }
  std::vector<ParameterShape> take() { return std::move(all_); }

 private:
  std::vector<ParameterShape> all_;
};

std::vector<ParameterShape> gpt2(const TrainingSetup& s) {
  Shapes shapes;
  shapes.add("transformer.wte.weight", {s.vocabulary, s.hidden});
  shapes.add("transformer.wpe.weight", {s.positions, s.hidden});
  for (std::int64_t i = 0; i < s.blocks; ++i) {
    const std::string block = "transformer.h." + std::to_string(i);
    shapes.layer_norm(block + ".ln_1", s.hidden);
    shapes.conv1d(block + ".attn.c_attn", s.hidden, 3 * s.hidden);
    shapes.conv1d(block + ".attn.c_proj", s.hidden, s.hidden);
    shapes.layer_norm(block + ".ln_2", s.hidden);
    shapes.conv1d(block + ".mlp.c_fc", s.hidden, s.feed_forward);
    shapes.conv1d(block + ".mlp.c_proj", s.feed_forward, s.hidden);
  }
  shapes.layer_norm("transformer.ln_f", s.hidden);
  if (!s.tied_head) shapes.add("lm_head.weight", {s.vocabulary, s.hidden});
  return shapes.take();
}

struct Family {
  const char* name;
  std::vector<ParameterShape> (*shapes)(const TrainingSetup& setup);
};
constexpr Family kFamilies[] = {
    {"gpt2", gpt2},
};

}  // namespace

std::vector<ParameterShape> parameter_shapes(const TrainingSetup& setup) {
  for (const Family& family : kFamilies)
    if (setup.model_family == family.name) return family.shapes(setup);
  return {};
}

}  // namespace profile_train
