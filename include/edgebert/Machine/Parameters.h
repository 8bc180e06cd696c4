//===- Parameters.h - the parameters of a machine as data -------*- C++ -*-===//
//
// Description.def as a table, for code that treats all parameters alike:
// reading, writing, checking, sweeping.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_PARAMETERS_H
#define EDGEBERT_MACHINE_PARAMETERS_H

#include "edgebert/Machine/Description.h"

#include <optional>

namespace edgebert::machine {

/// The values a parameter may take.
struct Allowed {
  enum Kind { Count, Number, Flag, Choice } kind = Flag;
  double low = 0, high = 1;
  /// Counts are low, low + step, ... high.
  unsigned step = 1;
  /// The names of a Choice's values 0, 1, ...
  llvm::ArrayRef<llvm::StringLiteral> choices;

  bool contains(double value) const;
  /// "a multiple of 8 in 32..131072", "true or false".
  std::string describe() const;
  /// The value that `text` stands for in a file, if it is an allowed one.
  std::optional<double> parse(llvm::StringRef text) const;
  /// What `parse` reads as `value`.
  std::string print(double value) const;
};

struct ParameterGroup {
  llvm::StringLiteral key, doc;
};

struct Parameter {
  llvm::StringLiteral group, key;
  Allowed allowed;
  llvm::StringLiteral unit, doc, source;
  /// Every value fits a double: numbers, 0 or 1 of a flag, a choice's index.
  double (*get)(const Description &);
  /// `value` is allowed.
  void (*set)(Description &, double value);

  std::string path() const { return (group + "." + key).str(); }
};

/// In the order of Description.def, in which groups are contiguous.
llvm::ArrayRef<ParameterGroup> parameterGroups();
llvm::ArrayRef<Parameter> parameters();

/// What is wrong with a description, and the parameter that is (null: the
/// name). Parameters that exclude each other count as an error of the later.
struct InvalidParameter {
  const Parameter *parameter;
  std::string message;
};
std::optional<InvalidParameter> findInvalid(const Description &desc);

/// "expected sizes.data_bytes to be a multiple of 256 in 256..65536, got 12".
std::string describeMismatch(const Parameter &parameter, llvm::StringRef got);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_PARAMETERS_H
