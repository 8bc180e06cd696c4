//===- LinearAlgebra.h - H and its inverse ----------------------*- C++ -*-===//
//
// Matrices here are row-major and double: the solvers subtract nearly equal
// numbers.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_COMPRESSION_LINEARALGEBRA_H
#define EDGEBERT_LIB_COMPRESSION_LINEARALGEBRA_H

#include "edgebert/Compression/Gram.h"
#include "edgebert/Compression/Solver.h"

#include <vector>

namespace edgebert::compression {

/// Inputs that never fired.
std::vector<bool> deadInputs(const Gram &gram);
/// The mean H_jj of the others; 1 if there are none.
double meanLiveDiagonal(const Gram &gram);

/// W with the weights of inputs that never fired at zero.
Matrix withoutDeadInputs(MatrixView w, const Gram &gram);

/// 0, 1, ... n - 1.
std::vector<int64_t> naturalOrder(int64_t n);

/// The upper triangular U with positive diagonal and H^-1 = U^T U. Row j of U
/// is, up to its scale, row j of the inverse of H without the inputs before j:
/// all the inverses that eliminating one column after the other needs.
struct InverseFactor {
  int64_t size = 0;
  /// Row-major; zeros below the diagonal.
  std::vector<double> upper;
};

/// The factor of the damped H with its inputs in `order`. Dead inputs get the
/// mean diagonal of the others. If no damping the options allow makes H
/// positive definite (or it is not finite), U is the identity and `report` says
/// so: then columns do not make up for each other.
InverseFactor factorInverse(const Gram &gram, llvm::ArrayRef<int64_t> order,
                            const SolverOptions &options, Report &report);

/// H^-1 [size x size], both triangles.
std::vector<double> inverseOf(const InverseFactor &factor);

/// Solves A x = b for a symmetric positive definite A [n x n] (destroyed; its
/// lower triangle counts); x in `b`. False if A is not positive definite.
bool solvePositive(std::vector<double> &a, std::vector<double> &b);

} // namespace edgebert::compression

#endif // EDGEBERT_LIB_COMPRESSION_LINEARALGEBRA_H
