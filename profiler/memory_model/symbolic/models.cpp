#include "profiler/memory_model/symbolic/bert.h"
#include "profiler/memory_model/symbolic/gpt2.h"
#include "profiler/memory_model/symbolic/llama.h"
#include "profiler/memory_model/symbolic/model.h"
#include "profiler/memory_model/symbolic/t5.h"

namespace profile_train::symbolic {
namespace {

template <typename Family>
std::unique_ptr<Model> make(Program& program, const TrainingSetup& setup) {
  return std::make_unique<Family>(program, setup);
}

/// A new family is a file, and a line here.
struct Maker {
  const char* family;
  std::unique_ptr<Model> (*make)(Program& program, const TrainingSetup& setup);
};
constexpr Maker kMakers[] = {
    {"gpt2", make<Gpt2>},
    {"llama", make<Llama>},
    {"bert", make<Bert>},
    {"t5", make<T5>},
};

}  // namespace

std::unique_ptr<Model> make_model(Program& program, const TrainingSetup& setup) {
  for (const Maker& maker : kMakers)
    if (setup.model_family == maker.family) return maker.make(program, setup);
  return nullptr;
}

}  // namespace profile_train::symbolic
