#include "profiler/memory_model/rows/family_rows.h"

namespace profile_train {
namespace {

constexpr const FamilyRows* kFamilies[] = {&kBertRows, &kGpt2Rows, &kLlamaRows, &kT5Rows};

}  // namespace

const FamilyRows& family_rows(std::string_view family) {
  for (const FamilyRows* rows : kFamilies)
    if (rows->family == family) return *rows;
  return kGpt2Rows;
}

}  // namespace profile_train
