#include "sample_comparison.h"

namespace profile_train {
namespace {

using OptionalBytes = std::optional<Bytes>;

void add(OptionalBytes& total, const OptionalBytes& term) {
  if (term) total = total.value_or(0) + *term;
}

ModelInstant instant(std::string where, Phase phase, std::vector<ModelTerm> terms) {
  ModelInstant made;
  made.where = std::move(where);
  made.step = 2;
  made.exact_phase = made.observed_phase = phase;
  for (ModelTerm& term : terms) {
    if (term.exact_bytes && term.observed_bytes) term.residual_bytes = *term.observed_bytes - *term.exact_bytes;
    add(made.stated_bytes, term.stated_bytes);
    add(made.corrected_bytes, term.corrected_bytes);
    add(made.exact_bytes, term.exact_bytes);
    add(made.observed_bytes, term.observed_bytes);
    add(made.residual_bytes, term.residual_bytes);
  }
  made.terms = std::move(terms);
  return made;
}

ModelTerm term(std::string name, std::string formula, OptionalBytes stated, OptionalBytes corrected,
               OptionalBytes exact, OptionalBytes observed, std::string note = {}) {
  ModelTerm made;
  made.name = std::move(name);
  made.formula = std::move(formula);
  made.stated_bytes = stated;
  made.corrected_bytes = corrected;
  made.exact_bytes = exact;
  made.observed_bytes = observed;
  made.note = std::move(note);
  return made;
}

}  // namespace

ModelComparison sample_comparison() {
  // N = 124,439,808; E = 196,608; A = 786,432; Nl = 12,865,792; S² = 65,536; L = 12.
  ModelComparison made;
  made.spike = instant(
      "start of backward: gradient of the logits", Phase::backward,
      {term("weights", "4N", 497'759'232, 497'759'232, 497'759'232, 497'759'232),
       term("optimizer state", "8N + 4·148", 995'518'464, 995'518'464, 995'519'056, 995'519'056),
       term("gradients", "0 until backward makes them", 497'759'232, 0, 0, 0, "released by zero_grad(set_to_none)"),
       term("inputs", "8BS + 8BS", 2'048, 4'096, 4'096, 4'096),
       term("attention matrix", "L(4A + S²)", 3'145'728, 37'748'736, 38'535'168, 38'535'168, "4BSS has no head count"),
       term("blocks, the rest", "L(64E + 16BS)", 33'030'144, 150'994'944, 151'044'096, 151'044'096),
       term("final norm and head input", "8E + 8BS", std::nullopt, 1'572'864, 1'574'912, 1'574'912),
       term("logits", "12Nl", 128'657'920, 154'389'504, 154'389'504, 154'389'512,
            "8 bytes more: two scalars of the loss")});
  made.peak = instant("backward: both gradients of the tied head", Phase::backward,
                      {term("weights", "4N", 497'759'232, 497'759'232, 497'759'232, 497'759'232),
                       term("gradients", "4N + 8VH", 497'759'232, 806'538'240, 806'538'240, 806'538'240)});
  made.first_step_peak = instant("optimizer step", Phase::optimizer_step,
                                 {term("weights", "4N", 497'759'232, 497'759'232, 497'759'232, 497'759'232)});
  made.first_step_peak.step = 1;
  made.terms = made.spike.terms;
  return made;
}

}  // namespace profile_train
