//===- Window.h - sliding windows of convolutions and pools -----*- C++ -*-===//

#ifndef EDGEBERT_LIB_IMPORT_ONNX_WINDOW_H
#define EDGEBERT_LIB_IMPORT_ONNX_WINDOW_H

#include "NodeImport.h"

namespace edgebert::onnx {

/// A window over the spatial dimensions (all but N and C) of an input, from the
/// attributes that Conv and the pools share. 1-D windows become 2-D ones of
/// height 1.
struct Window {
  Shape kernel, strides, dilations;
  /// Padding by the attributes.
  Shape low, high;
  /// Further elements read behind the padding under ceil_mode.
  Shape overhang;
  /// Positions of the window, the result's spatial shape.
  Shape positions;
  bool isOneDimensional = false;

  bool isPadded() const;
  /// [N,C,W] to [N,C,1,W] for 1-D windows.
  TensorRef lift(TensorBuilder &b, const TensorRef &x) const;
  /// The inverse for the result.
  TensorRef drop(TensorBuilder &b, const TensorRef &x) const;
  /// The lifted input with everything that the window reads.
  TensorRef pad(TensorBuilder &b, const TensorRef &x, float element) const;
};

/// The window of node `n` with spatial kernel shape `kernel` over input 0.
mlir::FailureOr<Window> readWindow(NodeImport &n, ShapeRef kernel);

} // namespace edgebert::onnx

#endif // EDGEBERT_LIB_IMPORT_ONNX_WINDOW_H
