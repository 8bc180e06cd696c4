//===- Generate.h - run a language model's step in a loop -------*- C++ -*-===//
//
// A step takes `input_ids` [1, 1], `position` [1, 1] and caches
// `past_key_values.*`, and returns `logits` [1, 1, vocabulary] and the same
// caches as `present.*`. A prefill takes `input_ids` [1, slots] and returns the
// logits [1, slots, vocabulary] and caches after all of them. Shapes are
// static, so slots at and beyond `position` may hold anything.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_PIPELINES_GENERATE_H
#define EDGEBERT_PIPELINES_GENERATE_H

#include "edgebert/Pipelines/Run.h"

namespace edgebert {

struct GenerateRequest {
  /// The step. Its request gives the file with prompts, `input_ids`
  /// [rows, prompt], and maybe `tokens` [rows, count] to compare with; where
  /// outputs go; and how many rows.
  FormRun step;
  /// The prefill, loaded like the step; empty: the step reads the prompt, token
  /// by token.
  std::string prefill;
  /// Tokens to generate for each row.
  int64_t count = 0;
};

/// Continues each prompt by the token with the largest logit, `count` times.
/// Prints the tokens, and the report of the step's runs; the outputs are
/// `tokens` int64 [rows, count] and `logits` f32 [rows, count, vocabulary].
llvm::Error generate(const GenerateRequest &request, mlir::MLIRContext &context,
                     llvm::raw_ostream &os);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_GENERATE_H
