#include <algorithm>

#include "profiler/memory_model/symbolic/optimizer_parts.h"

namespace profile_train::symbolic {
namespace {

// workloads/optimizers/adamw_8bit.cpp has the reasons for these.
constexpr std::int64_t kBlock = 256;
constexpr std::int64_t kBlocksAtOnce = 4096;
constexpr std::int64_t kLeastQuantised = 4096;
constexpr std::int64_t kCodeBytes = 1, kInt32Bytes = 4;

void step_in_full(Program& program, Parameter& parameter) {
  const Sizes numbers = {parameter.value.numel()};
  if (parameter.optimizer_state.empty()) {
    keep_state(program, parameter, made_as_updated(program, "aten::zeros_like", numbers));
    keep_state(program, parameter, made_as_updated(program, "aten::zeros_like", numbers));
  }
  number_in_place(program, "aten::mul_");
  const Tensor root = made_as_updated(program, "aten::clone", numbers);
  number_in_place(program, "aten::div_");
  number_in_place(program, "aten::add_");
}

/// A number beside the moments, which are in fp32 whatever the parameter is.
void number_beside_moments(Program& program, const char* name) {
  OpScope op(program, name);
  const NumberAsTensor number(program, kFloatBytes);
}

bool in_half(const Program& program) { return program.machine().update_element_bytes == kHalfBytes; }

/// Both moments one step further, in place.
void move(Program& program, std::int64_t numbers) {
  Tensor exact_gradient;
  if (in_half(program)) exact_gradient = made_by(program, "aten::to", {numbers});
  number_beside_moments(program, "aten::mul_");
}

/// addcdiv_ of a parameter in half precision and of moments in fp32: the CPU computes in fp32 and rounds afterwards.
void apply(Program& program, std::int64_t numbers) {
  number_beside_moments(program, "aten::div_");
  number_beside_moments(program, "aten::add_");
  if (!in_half(program) || program.on_cuda()) return;
  OpScope op(program, "aten::addcdiv_");
  const Tensor result = empty(program, {numbers});
  const Tensor parameter = empty(program, {numbers});
}

Tensor read(Program& program, std::int64_t numbers) {
  const Tensor codes = made_by(program, "aten::to", {numbers}, kInt32Bytes);
  return made_by(program, "aten::index_select", {numbers});
}

void write(Program& program, std::int64_t numbers) {
  {
    const Tensor absolute = made_by(program, "aten::abs", {numbers});
    const Tensor largest = made_by(program, "aten::amax", {numbers / kBlock});
  }
  const Tensor shares = made_by(program, "aten::div", {numbers});
  const Tensor codes = made_by(program, "aten::bucketize", {numbers}, kInt32Bytes);
}

/// What codes stand for and the borders between them, signed and not, made on the CPU. One set for all parameters.
void keep_tables(Program& program, Parameter& first) {
  constexpr std::int64_t kValues = 256, kBorders = kValues - 1;
  std::vector<Tensor> tables;
  if (program.on_cuda()) {
    for (const std::int64_t size : {kValues, kBorders, kValues, kBorders})
      keep_state(program, first, made_by(program, "aten::to", {size}));
    return;
  }
  for (int i = 0; i < 2; ++i) tables.push_back(made_by(program, "aten::empty", {kValues}));
  for (int i = 0; i < 2; ++i) {
    const Tensor sums = made_by(program, "aten::add", {kBorders});
    OpScope op(program, "aten::div");
    const NumberAsTensor two(program, kFloatBytes);
    tables.push_back(empty(program, {kBorders}));
  }
  for (const Tensor& table : tables) keep_state(program, first, table);
}

void step_in_pieces(Program& program, Parameter& parameter, bool is_new) {
  const std::int64_t blocks = (parameter.value.numel() + kBlock - 1) / kBlock;
  if (is_new) {
    for (int moment = 0; moment < 2; ++moment) {
      keep_state(program, parameter, made_by(program, "aten::full", {blocks * kBlock}, kCodeBytes));
      keep_state(program, parameter, made_by(program, "aten::zeros", {blocks}));
    }
  }
  for (std::int64_t first = 0; first < blocks; first += kBlocksAtOnce) {
    const std::int64_t numbers = std::min(kBlocksAtOnce, blocks - first) * kBlock;
    const Tensor mean = read(program, numbers);
    const Tensor root = read(program, numbers);
    const std::int64_t of_parameter = std::min(numbers, parameter.value.numel() - first * kBlock);
    move(program, of_parameter);
    write(program, numbers);
    write(program, numbers);
    apply(program, of_parameter);
  }
}

}  // namespace

void adamw_8bit_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  bool tables_exist = std::ranges::any_of(parameters, [](const auto& parameter) {
    return parameter->value.numel() >= kLeastQuantised && !parameter->optimizer_state.empty();
  });
  for (const auto& parameter : parameters) {
    if (setup.weight_decay != 0.0) number_in_place(program, "aten::mul_");
    if (parameter->value.numel() < kLeastQuantised) {
      step_in_full(program, *parameter);
      continue;
    }
    const bool is_new = parameter->optimizer_state.empty();
    if (!tables_exist) keep_tables(program, *parameter);
    tables_exist = true;
    step_in_pieces(program, *parameter, is_new);
  }
}

}  // namespace profile_train::symbolic
