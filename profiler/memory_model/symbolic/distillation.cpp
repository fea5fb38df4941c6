#include "profiler/memory_model/symbolic/distillation.h"

#include <string>
#include <utility>

#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/memory_model/teacher.h"

namespace profile_train::symbolic {
namespace {

using Tensors = std::vector<Tensor>;

std::unique_ptr<Model> make_teacher(Program& program, const TrainingSetup& setup) {
  const ModuleScope module(program, std::string(kTeacherModule));
  std::unique_ptr<Model> model = make_model(program, teacher_of(setup));
  for (const auto& parameter : model->parameters()) parameter->value.grad_fn = nullptr;
  return model;
}

/// On CUDA autocast wants it in fp32, as it does softmax.
Tensor log_softmax(Program& program, const Tensor& any) {
  OpScope op(program, "aten::log_softmax");
  const bool in_fp32 = program.on_cuda() && program.autocast() != nullptr;
  const Tensor x = in_fp32 && program.machine().half == Half::bf16 ? in_full(program, any) : any;
  Tensor result = empty(program, x.sizes, in_fp32 ? kFloatBytes : x.element_bytes);
  connect(program, "LogSoftmaxBackward0", {&x}, result,
          [&program, kept = detach(result), x_bytes = x.element_bytes](Tensors&) {
            return Tensors{empty_like(program, kept, x_bytes)};
          });
  return result;
}

/// xlogy(shares, shares) − shares · log_shares, where only log_shares has a gradient.
Tensor difference(Program& program, const Tensor& log_shares, const Tensor& shares) {
  Tensor product = empty_like(program, shares);
  connect(program, "MulBackward0", {&log_shares}, product,
          [&program, shares](Tensors& g) { return Tensors{empty_like(program, g[0])}; });
  const Tensor entropy = empty_like(program, shares);
  Tensor result = empty_like(program, shares);
  connect(program, "SubBackward0", {&product}, result, [&program, sizes = shares.sizes](Tensors& g) {
    return Tensors{empty(program, sizes, g[0].element_bytes)};  // −1 for each number, or what the loss is divided by
  });
  return result;
}

Tensor sum_of(Program& program, const Tensor& x) {
  Tensor result = empty(program, {}, x.element_bytes);
  connect(program, "SumBackward0", {&x}, result, [](Tensors& g) { return Tensors{g[0]}; });  // a view of one number
  return result;
}

Tensor kl_div(Program& program, const Tensor& any_log_shares, const Tensor& any_shares) {
  OpScope op(program, "aten::kl_div");
  const Tensor shares = in_full(program, any_shares);
  const Tensor log_shares = in_full(program, any_log_shares);
  return sum_of(program, difference(program, log_shares, shares));
}

}  // namespace

Teacher::Teacher(Program& program, const TrainingSetup& setup)
    : program_(program), model_(make_teacher(program, setup)) {}

Tensor Teacher::logits(const Tensor& ids) {
  const WithoutGraph no_graph(program_);
  const ModulePrefix of_teacher(program_, kTeacherPrefix);
  return model_->head(model_->features(ids));
}

Tensor distillation_loss(Program& program, const Tensor& logits, Tensor taught, const Tensor& targets) {
  const std::int64_t rows = logits.numel() / logits.size(-1);
  const Tensor student = view(program, logits, {rows, logits.size(-1)});
  Tensor shares;
  {
    Tensor softened = divide_by_number(program, view(program, taught, student.sizes));
    shares = softmax(program, softened);
  }
  taught = Tensor{};
  const Tensor from_text = cross_entropy(program, student, view(program, targets, {rows}));
  Tensor log_shares;
  {
    const Tensor softened = divide_by_number(program, student);
    log_shares = log_softmax(program, softened);
  }
  const Tensor divergence = kl_div(program, log_shares, shares);
  const Tensor of_text = multiply_by_number(program, from_text);
  const Tensor of_teacher = multiply_by_number(program, divergence);
  return add(program, of_text, of_teacher);
}

}  // namespace profile_train::symbolic
