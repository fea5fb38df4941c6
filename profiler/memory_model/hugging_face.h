#pragma once

#include <string>
#include <string_view>

#include "profiler/result.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// The shape that the `config.json` of a Hugging Face model describes: GPT-2, Llama, BERT or T5.
///
/// `text` is the file's contents, `name` what errors call it. An error is one sentence: the file, the key, and what is
/// wrong with it. A setting that would change the parameters and is not known here (biases in Llama's attention, say)
/// is refused, not ignored.
Result<TrainingSetup> setup_from_hugging_face(std::string_view text, std::string_view name);

}  // namespace profile_train
