#include "tests/reports/example_summary.h"

#include <numeric>
#include <random>
#include <string>

#include "profiler/warnings.h"

namespace profile_train::reports::testing {
namespace {

constexpr Bytes kParameters = 124'439'808;
constexpr Bytes kTokenTable = Bytes{50'257} * 768 * 4;  // 154,389,504 B, twice in the gradients at the peak

TraceHeader example_header() {
  TraceHeader header;
  header.tool_version = "0.1.0";
  header.libtorch_version = "2.11.0";
  header.device = "cpu";
  header.clock = "CLOCK_MONOTONIC";
  header.command = "profile-train --config gpt_small.yaml";
  header.config_name = "gpt_small";
  header.config_text = "model:\n  family: gpt2\n";
  header.started_at = "2026-01-02T03:04:05Z";
  header.process_id = 4711;
  TrainingSetup setup;
  setup.blocks = 12;
  setup.hidden = 768;
  setup.heads = 12;
  setup.feed_forward = 3072;
  setup.vocabulary = 50'257;
  setup.positions = 1024;
  setup.batch = 1;
  setup.sequence = 256;
  setup.steps = 3;
  setup.threads = 2;
  header.setup = setup;
  return header;
}

PeakInstant example_peak() {
  PeakInstant peak;
  peak.event = 9'871;
  peak.time_ns = 4'251'000'000;
  peak.step = 2;
  peak.phase = Phase::backward;
  peak.op = "EmbeddingBackward0";
  peak.module = "transformer.wte";
  at(peak.by_category, Category::weights) = kParameters * 4;
  at(peak.by_category, Category::gradients) = kParameters * 4 + kTokenTable;
  at(peak.by_category, Category::optimizer_state) = kParameters * 8;
  at(peak.by_category, Category::activations) = 1'572'872;
  at(peak.by_category, Category::logits) = 8;
  at(peak.by_category, Category::inputs) = 4'096;
  at(peak.by_category, Category::temporary) = kTokenTable;
  peak.requested_bytes = std::accumulate(peak.by_category.begin(), peak.by_category.end(), Bytes{0});
  return peak;
}

/// Activations and logits are highest where backward begins, the rest at the peak.
BytesByCategory example_category_peaks(const PeakInstant& peak) {
  BytesByCategory most = peak.by_category;
  at(most, Category::activations) = 140'000'000;
  at(most, Category::logits) = 154'389'504;
  return most;
}

std::vector<StepSummary> example_steps(const PeakInstant& peak) {
  std::vector<StepSummary> steps(3);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].step = static_cast<std::int32_t>(i) + 1;
    steps[i].loss = 10.9821 - 0.6 * static_cast<double>(i);
    steps[i].seconds = 1.4 + 0.02 * static_cast<double>(i);
    steps[i].first_event = static_cast<EventIndex>(1 + 4'500 * i);
    steps[i].last_event = static_cast<EventIndex>(4'500 * (i + 1));
    steps[i].peak = peak;
    steps[i].peak.step = steps[i].step;
  }
  steps[0].peak.phase = Phase::optimizer_step;
  steps[0].peak.requested_bytes -= 1'572'880;
  at(steps[0].peak.by_category, Category::activations) -= 1'572'872;
  at(steps[0].peak.by_category, Category::logits) -= 8;
  return steps;
}

PhaseSummary phase_row(Phase phase, std::int32_t step, Bytes start, Bytes peak, Bytes end, std::uint64_t start_ms,
                       std::uint64_t end_ms, std::int64_t events) {
  PhaseSummary row;
  row.phase = phase;
  row.step = step;
  row.start_bytes = start;
  row.peak_bytes = peak;
  row.end_bytes = end;
  row.start_ns = start_ms * 1'000'000;
  row.end_ns = end_ms * 1'000'000;
  row.events = events;
  at(row.end_by_category, Category::weights) = end;
  return row;
}

std::vector<PhaseSummary> example_phases(Bytes peak) {
  constexpr Bytes kWeights = kParameters * 4;
  constexpr Bytes kSteady = kParameters * 12;
  constexpr Bytes kActivations = 242'619'400;
  constexpr Bytes kWithGradients = kParameters * 16;
  return {phase_row(Phase::init, 0, 0, kWeights + 2'359'296, kWeights, 0, 900, 451),
          phase_row(Phase::data, 1, kWeights, kWeights + 4'096, kWeights + 4'096, 900, 901, 4),
          phase_row(Phase::zero_grad, 2, kWithGradients, kWithGradients, kSteady, 2'300, 2'301, 148),
          phase_row(Phase::data, 2, kSteady, kSteady + 4'096, kSteady + 4'096, 2'301, 2'302, 4),
          phase_row(Phase::forward, 2, kSteady + 4'096, kSteady + kActivations + 9'000'000, kSteady + kActivations,
                    2'302, 2'700, 1'210),
          phase_row(Phase::loss, 2, kSteady + kActivations, kSteady + kActivations + 51'463'168,
                    kSteady + kActivations + 8, 2'700, 2'760, 12),
          phase_row(Phase::backward, 2, kSteady + kActivations + 8, peak, kWithGradients + 4'096, 2'760, 3'490, 1'985),
          phase_row(Phase::optimizer_step, 2, kWithGradients + 4'096, kWithGradients + 2 * kTokenTable,
                    kWithGradients + 4'096, 3'490, 3'820, 1'141)};
}

LiveAllocation live(Bytes bytes, Category category, std::vector<std::int64_t> sizes, std::string name,
                    std::string module, std::string op, Phase phase, std::int32_t step, EventIndex age) {
  LiveAllocation row;
  row.bytes = bytes;
  row.category = category;
  row.dtype = sizes.empty() ? "" : "float32";
  row.sizes = std::move(sizes);
  row.name = std::move(name);
  row.module = std::move(module);
  row.op = std::move(op);
  row.phase = phase;
  row.step = step;
  row.age_events = age;
  return row;
}

std::vector<LiveAllocation> example_live() {
  const std::string wte = "transformer.wte.weight";
  const std::string fc = "transformer.h.0.mlp.c_fc.weight";
  return {
      live(kTokenTable, Category::weights, {50'257, 768}, wte, "", "aten::empty", Phase::init, 0, 9'860),
      live(kTokenTable, Category::gradients, {50'257, 768}, wte, "lm_head", "MmBackward0", Phase::backward, 2, 1'902),
      live(kTokenTable, Category::optimizer_state, {50'257, 768}, wte + ".exp_avg", "", "aten::zeros_like",
           Phase::optimizer_step, 1, 5'480),
      live(kTokenTable, Category::optimizer_state, {50'257, 768}, wte + ".exp_avg_sq", "", "aten::zeros_like",
           Phase::optimizer_step, 1, 5'478),
      live(kTokenTable, Category::temporary, {50'257, 768}, "", "transformer.wte", "EmbeddingBackward0",
           Phase::backward, 2, 1),
      live(9'437'184, Category::weights, {768, 3'072}, fc, "", "aten::empty", Phase::init, 0, 9'803),
      live(786'432, Category::activations, {}, "", "transformer.h.0.attn.c_attn", "aten::addmm", Phase::forward, 2,
           2'950),
  };
}

ModelTerm term(std::string name, std::string formula, std::optional<Bytes> stated, std::optional<Bytes> corrected,
               std::optional<Bytes> exact, std::optional<Bytes> observed, std::string note = "") {
  ModelTerm row;
  row.name = std::move(name);
  row.formula = std::move(formula);
  row.stated_bytes = stated;
  row.corrected_bytes = corrected;
  row.exact_bytes = exact;
  row.observed_bytes = observed;
  if (exact && observed) row.residual_bytes = *observed - *exact;
  row.note = std::move(note);
  return row;
}

std::optional<Bytes> sum_of(const std::vector<ModelTerm>& terms, std::optional<Bytes> ModelTerm::*column) {
  Bytes sum = 0;
  for (const ModelTerm& row : terms) sum += (row.*column).value_or(0);
  return sum;
}

ModelInstant total_of(std::string where, Phase phase, std::int32_t step, std::vector<ModelTerm> terms) {
  ModelInstant instant;
  instant.where = std::move(where);
  instant.step = step;
  instant.exact_phase = phase;
  instant.observed_phase = phase;
  instant.stated_bytes = sum_of(terms, &ModelTerm::stated_bytes);
  instant.corrected_bytes = sum_of(terms, &ModelTerm::corrected_bytes);
  instant.exact_bytes = sum_of(terms, &ModelTerm::exact_bytes);
  instant.observed_bytes = sum_of(terms, &ModelTerm::observed_bytes);
  instant.residual_bytes = *instant.observed_bytes - *instant.exact_bytes;
  instant.terms = std::move(terms);
  return instant;
}

ModelComparison example_model(const PeakInstant& peak) {
  // E = 256 · 768, A = 12 · 256², Nl = 256 · 50,257; see docs/memory_model.md.
  constexpr Bytes kE = 196'608;
  constexpr Bytes kA = 786'432;
  constexpr Bytes kNl = 12'865'792;
  ModelComparison model;
  model.terms = {
      term("weights", "4N", 4 * kParameters, 4 * kParameters, 4 * kParameters, 4 * kParameters),
      term("gradients", "0: released before the step", 4 * kParameters, 0, 0, 0),
      term("optimizer state", "8N", 8 * kParameters, 8 * kParameters, 8 * kParameters, 8 * kParameters),
      term("inputs", "16BS", 2'048, 4'096, 4'096, 4'096),
      term("blocks: residual stream", "12·64E", 12 * 14 * kE, 12 * 64 * kE, 12 * 64 * kE, 12 * 64 * kE),
      term("blocks: attention matrix", "12(4A + S²)", Bytes{12} * 4 * 256 * 256, 12 * 4 * kA, 12 * (4 * kA + 65'536),
           12 * (4 * kA + 65'536)),
      term("blocks: layer norm statistics", "12·16BS", std::nullopt, std::nullopt, 49'152, 49'152),
      term("final norm and head input", "8E + 8BS", std::nullopt, 8 * kE, 8 * kE + 2'048, 8 * kE + 2'048),
      term("logits", "12Nl", 10 * kNl, 12 * kNl, 12 * kNl, 12 * kNl),
      term("position ids", "8S", std::nullopt, std::nullopt, 2'048, 2'048),
      term("scalars of the loss", "8", std::nullopt, std::nullopt, 8, 12, "the divisor of the mean is a tensor here"),
  };
  model.spike = total_of("start of backward: log-softmax and its gradient", Phase::backward, 3, model.terms);
  std::vector<ModelTerm> at_peak = {
      term("weights, gradients, state", "16N", 16 * kParameters, 16 * kParameters, 16 * kParameters, 16 * kParameters),
      term("tied head", "8VH", std::nullopt, 2 * kTokenTable, 2 * kTokenTable, 2 * kTokenTable),
      term("inputs and leftovers", "8E + 16BS + 8", 2'048, 4'096, 1'576'976, 1'576'976)};
  model.peak = total_of("backward: sum of the tied head's gradients", Phase::backward, 3, at_peak);
  at_peak.pop_back();
  at_peak.push_back(term("inputs", "16BS", 2'048, 4'096, 4'096, 4'096));
  model.first_step_peak = total_of("optimizer step: temporaries of AdamW", Phase::optimizer_step, 1, at_peak);
  (void)peak;
  return model;
}

}  // namespace

Summary example_summary() {
  Summary summary;
  summary.header = example_header();
  summary.footer.events = 13'521;
  summary.parameters = {kParameters, 148, kParameters * 4};
  summary.peak = example_peak();
  summary.category_peaks = example_category_peaks(summary.peak);
  summary.devices = {{DeviceType::cpu, 0, kParameters * 16, summary.peak.requested_bytes, Bytes{9'876'543'210}, 5'012}};
  summary.steps = example_steps(summary.peak);
  summary.phases = example_phases(summary.peak.requested_bytes);
  summary.live_at_peak = example_live();
  summary.modules = {{"(none)", 4 * kTokenTable, 5 * kTokenTable, 596},
                     {"transformer.wte", 154'389'504, 463'168'512, 12},
                     {"transformer.h.0.attn.c_attn", 786'432, 7'077'888, 36}};
  summary.operators = {{"aten::zeros_like", 8 * kParameters, 8 * kParameters, 296},
                       {"aten::empty", 4 * kParameters, 4 * kParameters, 148},
                       {"EmbeddingBackward0", 154'389'504, 463'168'512, 3}};
  summary.model = example_model(summary.peak);
  summary.ladder = {
      {"requested", summary.peak.requested_bytes, "", ""},
      {"resident", Bytes{2'875'654'144}, "", "LibTorch's code and heap, freed memory that was not returned"},
      {"device", std::nullopt, "this run used no device", ""}};
  summary.overhead = {13'521, 61.4, Bytes{1'894'400}, 0.00021};
  summary.alive_at_end_bytes = kParameters * 16;
  return summary;
}

Summary troubled_summary() {
  Summary summary = example_summary();
  summary.header.setup.reset();
  summary.header.config_name.clear();
  summary.footer.interrupted = true;
  summary.footer.failure = "unable to allocate 4,096 B";
  summary.parameters = {};
  at(summary.peak.by_category, Category::temporary) -= 4'608;
  at(summary.peak.by_category, Category::unknown) += 4'608;
  for (StepSummary& step : summary.steps) step.loss.reset();
  summary.growth = {
      {"aten::mm", "transformer.h.11.mlp.c_proj", Phase::forward, Category::activations, 786'432, 2, 1'572'864}};
  summary.model = {};
  summary.model.why_not = "the program did not describe its training setup";
  summary.ladder = {{"requested", summary.peak.requested_bytes, "", ""},
                    {"resident", std::nullopt, "the trace ends before its last chunk, which has this", ""}};
  summary.losses.dropped_events = 12;
  summary.devices.push_back({DeviceType::cuda, 1, 0, 4'096, 8'192, 2});
  summary.losses.unmatched_frees = 3;
  summary.losses.cut = true;
  summary.losses.cut_reason = "the file ends in the middle of a chunk; 13,521 events before it were read";
  summary.overhead = {13'521, std::nullopt, std::nullopt, std::nullopt};
  summary.carried_in_bytes = 1'048'576;
  summary.carried_in_allocations = 7;
  summary.warnings = warnings_about(summary);
  summary.warnings.emplace_back(
      "Memory grows by 768.0 KiB a step in transformer.h.11.mlp.c_proj; if it goes on like this, the "
      "run needs 76.80 GiB more after 100,000 steps.");
  return summary;
}

Summary random_summary(unsigned seed) {
  std::mt19937 random(seed);
  const auto upto = [&](std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(0, most)(random); };
  const auto bytes = [&] { return upto(Bytes{1} << upto(45)); };
  const auto maybe = [&]() -> std::optional<Bytes> { return upto(3) == 0 ? std::nullopt : std::optional(bytes()); };
  const auto signed_maybe = [&]() -> std::optional<Bytes> {
    return upto(3) == 0 ? std::nullopt : std::optional(upto(1) == 0 ? bytes() : -bytes());
  };
  const auto text = [&] {
    static const std::vector<std::string> kPieces = {"transformer", ".h.", "0",    "attention", "_weight",
                                                     " ",           "層",  "é",    "e\u0301",   "😀",
                                                     "\x1b[31m",    "\n",  "\xff", "aten::"};
    std::string made;
    for (std::int64_t i = upto(30); i > 0; --i) made += kPieces[static_cast<std::size_t>(upto(13))];
    return made;
  };
  const auto phase = [&] { return static_cast<Phase>(upto(kPhases - 1)); };
  const auto category = [&] { return category_at(static_cast<std::size_t>(upto(kCategories - 1))); };
  const auto peak = [&] {
    PeakInstant made;
    for (Bytes& part : made.by_category) part = upto(2) == 0 ? 0 : bytes();
    made.requested_bytes = std::accumulate(made.by_category.begin(), made.by_category.end(), Bytes{0});
    made.step = static_cast<std::int32_t>(upto(20));
    made.phase = phase();
    made.op = text();
    made.module = text();
    made.event = static_cast<EventIndex>(upto(kNever - 1));
    return made;
  };
  const auto terms = [&] {
    std::vector<ModelTerm> made;
    for (std::int64_t i = upto(8); i > 0; --i) {
      made.push_back(term(text(), text(), maybe(), maybe(), maybe(), maybe(), text()));
      made.back().simulated_bytes = maybe();
    }
    return made;
  };
  const auto instant = [&] {
    ModelInstant made = total_of(text(), phase(), static_cast<std::int32_t>(upto(9)), terms());
    made.stated_bytes = maybe();
    made.observed_phase = phase();
    made.residual_bytes = signed_maybe();
    return made;
  };

  Summary summary;
  summary.header = example_header();
  summary.header.config_name = text();
  summary.header.device = text();
  summary.header.config_text = text();
  if (upto(3) == 0) summary.header.setup.reset();
  summary.footer.failure = text();
  summary.parameters = {bytes(), upto(1000), bytes()};
  summary.peak = peak();
  for (std::int64_t i = upto(30); i > 0; --i) {
    StepSummary step;
    step.step = static_cast<std::int32_t>(summary.steps.size()) + 1;
    step.peak = peak();
    step.seconds = static_cast<double>(upto(1'000'000)) * 1e-3;
    if (upto(2) > 0) step.loss = static_cast<double>(upto(1'000'000)) * 1e-3;
    summary.steps.push_back(step);
  }
  for (std::int64_t i = upto(30); i > 0; --i) {
    summary.phases.push_back(phase_row(phase(), static_cast<std::int32_t>(upto(4)), bytes(), bytes(), bytes(), 1,
                                       static_cast<std::uint64_t>(upto(100'000)) + 1, upto(1'000'000)));
  }
  for (std::int64_t i = upto(30); i > 0; --i) {
    std::vector<std::int64_t> sizes;
    for (std::int64_t n = upto(6); n > 0; --n) sizes.push_back(bytes());
    summary.live_at_peak.push_back(live(bytes(), category(), sizes, text(), text(), text(), phase(),
                                        static_cast<std::int32_t>(upto(9)), static_cast<EventIndex>(upto(1'000'000))));
    summary.modules.push_back({text(), bytes(), bytes(), upto(9)});
    summary.operators.push_back({text(), bytes(), bytes(), upto(9)});
  }
  for (std::int64_t i = upto(5); i > 0; --i) {
    summary.growth.push_back({text(), text(), phase(), category(), bytes(), upto(100), bytes()});
  }
  summary.model = {terms(), instant(), instant(), instant(), upto(4) == 0 ? text() : ""};
  for (std::int64_t i = upto(6); i > 0; --i) {
    summary.ladder.push_back({text(), maybe(), text(), text()});
    if (!summary.ladder.back().bytes || upto(1) == 0) continue;
    summary.ladder.back().parts = {{text(), bytes()}};
    summary.ladder.back().residual_bytes = -bytes();
  }
  if (upto(1) == 0) {
    summary.driver = DriverLevel{.peak_bytes = bytes(), .peak_phase = phase()};
    for (std::int64_t i = upto(4); i > 0; --i)
      summary.driver->libraries.push_back({text(), bytes(), bytes(), bytes(), upto(9)});
  }
  summary.losses.dropped_events = static_cast<std::uint64_t>(upto(3));
  summary.losses.cut = upto(1) == 0;
  summary.losses.cut_reason = text();
  summary.overhead.events = static_cast<std::uint64_t>(bytes());
  summary.overhead.profiler_bytes = maybe();
  summary.carried_in_bytes = bytes();
  summary.carried_in_allocations = upto(100);
  for (std::int64_t i = upto(3); i > 0; --i) summary.warnings.push_back(text());
  return summary;
}

}  // namespace profile_train::reports::testing
