#include "tests/reports/budget/sample_checks.h"

namespace profile_train::reports::testing {
namespace {

LimitCheck limit(Measure measure, Amount measured, Amount fail, Verdict verdict) {
  LimitCheck check;
  check.subject.measure = measure;
  check.figure.amount = measured;
  check.fail = fail;
  check.verdict = verdict;
  return check;
}

BudgetCheck check_of(std::vector<LimitCheck> limits) {
  BudgetCheck check;
  check.budget_file = "budgets.yaml";
  check.run.config_name = "gpt_small";
  check.run.device = "cpu";
  check.run.started_at = "2026-01-02T03:04:05Z";
  check.limits = std::move(limits);
  return check;
}

LimitCheck logits() {
  LimitCheck check = limit(Measure::category, 205'852'672, 154'389'504, Verdict::exceeded);
  check.subject.category = Category::logits;
  check.figure.place =
      Place{.event = 8'112, .step = 2, .phase = Phase::backward, .op = "LogSoftmaxBackward0", .module = "lm_head"};
  Site site;
  site.op = "aten::linear";
  site.module = "lm_head";
  site.category = Category::logits;
  site.dtype = "float32";
  site.sizes = {256, 50'257};
  site.phase = Phase::forward;
  site.count = 2;
  site.bytes = 102'926'336;
  check.responsible = {site};
  check.more_allocations = 2;
  check.more_bytes = 102'926'336;
  return check;
}

}  // namespace

BudgetCheck exceeded_check() {
  LimitCheck step = limit(Measure::phase, 2'299'820'044, 2'300'000'000, Verdict::alert);
  step.subject.phase = Phase::optimizer_step;
  step.alert = 2'250'000'000;
  LimitCheck reserved = limit(Measure::reserved, 0, 2'400'000'000, Verdict::not_measured);
  reserved.figure = {.amount = std::nullopt, .why_not = "the CPU has no caching allocator", .place = {}, .note = {}};
  return check_of({limit(Measure::requested, 2'299'820'044, 2'400'000'000, Verdict::within), reserved, logits(), step,
                   limit(Measure::fragmentation, 1'250, 2'000, Verdict::within)});
}

BudgetCheck kept_check() {
  return check_of({limit(Measure::requested, 2'299'820'044, 2'400'000'000, Verdict::within)});
}

BudgetCheck inferred_check() {
  LimitCheck judged = logits();
  judged.inferred = true;
  LimitCheck kept = limit(Measure::category, 100, 200, Verdict::within);
  kept.subject.category = Category::inputs;
  kept.inferred = true;
  LimitCheck not_judged = limit(Measure::phase, 100, 200, Verdict::not_measured);
  not_judged.subject.phase = Phase::backward;
  not_judged.inferred = true;
  BudgetCheck check =
      check_of({limit(Measure::requested, 2'299'820'044, 2'400'000'000, Verdict::within), judged, kept, not_judged});
  check.run = {.device = "cuda, PyTorch snapshot"};
  check.inferred = "Imported from a PyTorch snapshot: categories are inferred.";
  return check;
}

BudgetCheck hostile_check() {
  BudgetCheck check = check_of({logits()});
  const std::string hostile = "a<b>&\"c'|`d`]]>\x01\x1b[31m\n\xff\xEF\xBF\xBE 層";
  check.budget_file = hostile;
  check.run.config_name = hostile;
  check.limits[0].responsible[0].op = hostile;
  check.limits[0].responsible[0].module = hostile;
  check.limits[0].subject = {.measure = Measure::modules, .modules = hostile};
  check.not_sound = {hostile};
  check.inferred = hostile;
  return check;
}

}  // namespace profile_train::reports::testing
