//===- HostCode.h - host code around on-chip operations ---------*- C++ -*-===//
//
// What the schedule makes the host do, as ordinary IR: views of DRAM regions,
// re-layouts, padding, and undoing the bitmask encoding of results.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_HOSTCODE_H
#define EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_HOSTCODE_H

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

namespace edgebert::accel {

/// Hands out DRAM regions of a module. Images (with contents) live for the
/// whole program; stages are scratch of one operation, so every operation's
/// stages start at the same address.
class RegionAllocator {
public:
  explicit RegionAllocator(mlir::ModuleOp module);

  /// A region holding `bytes`; equal contents share a region. `hint` names it.
  RegionOp image(mlir::Location loc, llvm::StringRef hint,
                 llvm::ArrayRef<char> bytes);
  /// A region of `size` bytes, live until resetStages.
  RegionOp stage(mlir::Location loc, int64_t size);
  /// Ends the life of all stages.
  void resetStages() { stageEnd = 0; }
  /// Gives every region its address: images first, then the shared stages.
  mlir::LogicalResult assignAddresses();

private:
  RegionOp create(mlir::Location loc, llvm::StringRef name, int64_t address,
                  int64_t size, mlir::ElementsAttr init);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  llvm::SmallVector<RegionOp> images, stages;
  llvm::StringMap<RegionOp> imageOfContent;
  llvm::DenseMap<std::pair<int64_t, int64_t>, RegionOp> stageOfRange;
  int64_t stageEnd = 0;
};

/// Builds host code at an insertion point.
class HostCode {
public:
  HostCode(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  mlir::Value index(int64_t value);
  /// a * b + c, all indices, folding constants.
  mlir::Value mulAdd(mlir::Value a, int64_t b, mlir::Value c);

  /// The region's bytes from `byteOffset` as a memref of `shape`.
  mlir::Value view(RegionOp region, llvm::ArrayRef<int64_t> shape,
                   mlir::Type element, mlir::Value byteOffset);
  /// Calls `body` for 0..count-1; no loop for one iteration.
  void forEach(int64_t count, llvm::function_ref<void(mlir::Value)> body);
  /// The matrix [rows x columns] as it is if it has exactly these extents,
  /// else a fresh buffer of them, filled up with zero codes.
  mlir::Value padTo(mlir::Value matrix, int64_t rows, int64_t columns);
  /// A buffer of [rows x columns] to be copied to `matrix` by `cropInto`;
  /// `matrix` itself if the extents agree.
  mlir::Value padded(mlir::Value matrix, int64_t rows, int64_t columns);
  void cropInto(mlir::Value padded, mlir::Value matrix);
  /// tiles[b][t][j][l] = matrix[16 b + j][16 t + l], i.e. the stream order of
  /// a matmul operand (fact sheet 2.2).
  void packTiles(mlir::Value matrix, mlir::Value tiles);
  /// matrix[(i B + p) 16 + r][(j C + q) 16 + l] = tiles[i][j][p][q][r][l].
  void unpackTiles(mlir::Value tiles, mlir::Value matrix);
  /// out[..., l] = vector[l].
  void broadcastVector(mlir::Value vector, mlir::Value out);
  /// Undoes the bitmask encoding: masks [rows], data [rows x 16] to
  /// vectors [rows x 16]. Calls a function shared by the module.
  void expand(mlir::Value masks, mlir::Value data, mlir::Value vectors);

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  mlir::Value subview(mlir::Value matrix, int64_t rows, int64_t columns);
};

} // namespace edgebert::accel

#endif // EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_HOSTCODE_H
