#pragma once

#include "profiler/event.h"
#include "profiler/mode_names.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// Bytes a number, by what it is a number of: all that a precision changes in the formulas.
struct Widths {
  Bytes weight = 4;        ///< a parameter or its gradient
  Bytes update = 4;        ///< what the optimizer works on: the parameters, or fp32 masters of them
  Bytes master = 0;        ///< beside the weights
  Bytes residual = 4;      ///< the residual stream, and what the norms give
  Bytes norm_output = 4;   ///< what is kept of it: under autocast the copy that the matrix product took
  Bytes product = 4;       ///< what matrix products give, and what is made of that
  Bytes statistic = 4;     ///< mean and 1/std of the norms
  Bytes softmax = 4;       ///< the softmax of the scores, as it is kept for its backward
  Bytes cast_softmax = 0;  ///< the copy of it that the product with v took
  Bytes log_softmax = 4;   ///< all that is kept of it
  Bytes spike = 8;         ///< on top of that at the start of backward
  Bytes chunk = 8;         ///< with a loss in chunks: logits of a chunk, their cast if there is one, and their softmax
  Bytes loss = 4;
};

inline Widths widths_of(const TrainingSetup& s) {
  Widths w;
  if (is_pure_half(s.precision)) {
    w = {.weight = 2,
         .update = 2,
         .residual = 2,
         .norm_output = 2,
         .product = 2,
         .softmax = 2,
         .log_softmax = 2,
         .spike = 4,
         .chunk = 10,
         .loss = 2};
    w.statistic = s.on_cuda() ? 4 : 2;
  }
  if (s.precision == Precision::bf16_master) w.update = w.master = 4;
  if (is_autocast(s.precision)) {
    w.norm_output = w.product = 2;
    w.chunk = s.on_cuda() && s.precision == Precision::autocast_fp16 ? 6 : 10;  // whose kernel casts as it reads
    if (s.on_cuda()) {
      w.cast_softmax = 2;
      w.log_softmax = 6;  // in half precision, and the copy that nll_loss took
      w.spike = 4;        // nll_loss's gradient; the others come when that copy is gone
    } else {
      w.softmax = 2;
    }
  }
  return w;
}

}  // namespace profile_train
