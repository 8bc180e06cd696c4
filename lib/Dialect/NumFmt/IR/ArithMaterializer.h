//===- ArithMaterializer.h - a codec as arith operations --------*- C++ -*-===//
//
// The vocabulary of Numerics/Arithmetic.h, building i32 and f32 arith ops
// instead of evaluating. Operands that are constants fold on the way.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_DIALECT_NUMFMT_IR_ARITHMATERIALIZER_H
#define EDGEBERT_LIB_DIALECT_NUMFMT_IR_ARITHMATERIALIZER_H

#include "edgebert/Numerics/Emulate.h"
#include "edgebert/Numerics/Metadata.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace edgebert::numfmt {

/// Builds arith ops at a builder's insertion point.
class ArithMaterializer {
public:
  ArithMaterializer(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  /// An i32, an f32 and an i1.
  struct Word {
    mlir::Value value;
    ArithMaterializer *a;
    Word operator+(Word y) const {
      return a->op<mlir::arith::AddIOp>(*this, y);
    }
    Word operator-(Word y) const {
      return a->op<mlir::arith::SubIOp>(*this, y);
    }
    Word operator&(Word y) const {
      return a->op<mlir::arith::AndIOp>(*this, y);
    }
    Word operator|(Word y) const { return a->op<mlir::arith::OrIOp>(*this, y); }
    Word operator^(Word y) const {
      return a->op<mlir::arith::XOrIOp>(*this, y);
    }
    Word operator*(Word y) const {
      return a->op<mlir::arith::MulIOp>(*this, y);
    }
    Word operator<<(Word y) const {
      return a->op<mlir::arith::ShLIOp>(*this, y);
    }
    Word operator>>(Word y) const {
      return a->op<mlir::arith::ShRUIOp>(*this, y);
    }
    Word operator+(uint32_t y) const { return *this + a->word(y); }
    Word operator-(uint32_t y) const { return *this - a->word(y); }
    Word operator&(uint32_t y) const { return *this & a->word(y); }
    Word operator|(uint32_t y) const { return *this | a->word(y); }
    Word operator^(uint32_t y) const { return *this ^ a->word(y); }
    Word operator*(uint32_t y) const { return *this * a->word(y); }
    Word operator<<(uint32_t y) const { return *this << a->word(y); }
    Word operator>>(uint32_t y) const { return *this >> a->word(y); }
  };
  struct Real {
    mlir::Value value;
    ArithMaterializer *a;
    Real operator+(Real y) const {
      return a->op<mlir::arith::AddFOp>(*this, y);
    }
    Real operator-(Real y) const {
      return a->op<mlir::arith::SubFOp>(*this, y);
    }
    Real operator*(Real y) const {
      return a->op<mlir::arith::MulFOp>(*this, y);
    }
    Real operator/(Real y) const {
      return a->op<mlir::arith::DivFOp>(*this, y);
    }
  };
  struct Bool {
    mlir::Value value;
  };
  using Metadata = numerics::MetadataWords<Word>;

  Word word(uint32_t constant) {
    return wrapWord(create<mlir::arith::ConstantOp>(
        builder.getI32IntegerAttr(int32_t(constant))));
  }
  Real real(float constant) {
    return wrapReal(
        create<mlir::arith::ConstantOp>(builder.getF32FloatAttr(constant)));
  }
  Word bits(Real x) {
    return wrapWord(
        create<mlir::arith::BitcastOp>(builder.getI32Type(), x.value));
  }
  Real fromBits(Word word) {
    return wrapReal(
        create<mlir::arith::BitcastOp>(builder.getF32Type(), word.value));
  }
  Real toReal(Word word) {
    return wrapReal(
        create<mlir::arith::SIToFPOp>(builder.getF32Type(), word.value));
  }
  Word truncate(Real x) {
    return wrapWord(
        create<mlir::arith::FPToSIOp>(builder.getI32Type(), x.value));
  }
  Word shiftRightSigned(Word x, uint32_t amount) {
    return op<mlir::arith::ShRSIOp>(x, word(amount));
  }
  Word minSigned(Word x, Word y) { return op<mlir::arith::MinSIOp>(x, y); }
  Word maxSigned(Word x, Word y) { return op<mlir::arith::MaxSIOp>(x, y); }
  Word minUnsigned(Word x, Word y) { return op<mlir::arith::MinUIOp>(x, y); }
  Word maxUnsigned(Word x, Word y) { return op<mlir::arith::MaxUIOp>(x, y); }
  Bool lessUnsigned(Word x, Word y) {
    return compare(mlir::arith::CmpIPredicate::ult, x, y);
  }
  Bool lessSigned(Word x, Word y) {
    return compare(mlir::arith::CmpIPredicate::slt, x, y);
  }
  Bool equal(Word x, Word y) {
    return compare(mlir::arith::CmpIPredicate::eq, x, y);
  }
  Bool less(Real x, Real y) {
    return {create<mlir::arith::CmpFOp>(mlir::arith::CmpFPredicate::OLT,
                                        x.value, y.value)};
  }
  Bool either(Bool x, Bool y) {
    return {create<mlir::arith::OrIOp>(x.value, y.value)};
  }
  Bool both(Bool x, Bool y) {
    return {create<mlir::arith::AndIOp>(x.value, y.value)};
  }
  template <typename T>
  T select(Bool condition, T yes, T no) {
    return {create<mlir::arith::SelectOp>(condition.value, yes.value, no.value),
            this};
  }

  /// The storage integer `code`, zero-extended.
  Word loadCode(mlir::Value code) {
    if (code.getType().isInteger(32))
      return wrapWord(code);
    return wrapWord(create<mlir::arith::ExtUIOp>(builder.getI32Type(), code));
  }
  /// The code as a storage integer of `type`.
  mlir::Value storeCode(Word code, mlir::Type type) {
    if (type.isInteger(32))
      return code.value;
    return create<mlir::arith::TruncIOp>(type, code.value);
  }
  /// A metadata value as numerics::Metadata.
  Metadata loadMetadata(mlir::Value metadata, numerics::MetadataKind kind) {
    switch (kind) {
    case numerics::MetadataKind::None:
      return {word(0), word(0)};
    case numerics::MetadataKind::Int8:
      return {wrapWord(
                  create<mlir::arith::ExtSIOp>(builder.getI32Type(), metadata)),
              word(0)};
    case numerics::MetadataKind::F32:
      return {bits(wrapReal(metadata)), word(0)};
    case numerics::MetadataKind::ScaleAndZero: {
      mlir::Value amount =
          create<mlir::arith::ConstantOp>(builder.getI64IntegerAttr(32));
      mlir::Value high = create<mlir::arith::ShRUIOp>(metadata, amount);
      return {truncateWord(metadata), truncateWord(high)};
    }
    }
    llvm_unreachable("unknown metadata kind");
  }
  /// The other way.
  mlir::Value storeMetadata(const Metadata &metadata,
                            numerics::MetadataKind kind) {
    switch (kind) {
    case numerics::MetadataKind::None:
      return mlir::Value();
    case numerics::MetadataKind::Int8:
      return storeCode(metadata.low, builder.getI8Type());
    case numerics::MetadataKind::F32:
      return fromBits(metadata.low).value;
    case numerics::MetadataKind::ScaleAndZero: {
      mlir::Type type = builder.getI64Type();
      mlir::Value amount =
          create<mlir::arith::ConstantOp>(builder.getI64IntegerAttr(32));
      mlir::Value low = create<mlir::arith::ExtUIOp>(type, metadata.low.value);
      mlir::Value high =
          create<mlir::arith::ExtUIOp>(type, metadata.high.value);
      high = create<mlir::arith::ShLIOp>(high, amount);
      return create<mlir::arith::OrIOp>(high, low);
    }
    }
    llvm_unreachable("unknown metadata kind");
  }
  /// The low half of an i64.
  Word truncateWord(mlir::Value value) {
    return wrapWord(create<mlir::arith::TruncIOp>(builder.getI32Type(), value));
  }
  /// The random bits of an encode, 0 where there are none.
  Word loadNoise(mlir::Value noise) {
    return noise ? wrapWord(noise) : word(0);
  }
  Word wrapWord(mlir::Value value) { return {value, this}; }
  Real wrapReal(mlir::Value value) { return {value, this}; }

private:
  template <typename Op, typename... Args>
  mlir::Value create(Args &&...args) {
    return builder.createOrFold<Op>(loc, std::forward<Args>(args)...);
  }
  template <typename Op, typename T>
  T op(T x, T y) {
    return {create<Op>(x.value, y.value), this};
  }
  Bool compare(mlir::arith::CmpIPredicate predicate, Word x, Word y) {
    return {create<mlir::arith::CmpIOp>(predicate, x.value, y.value)};
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// Builds the ops that encode f32 `x`; returns the code, of `storageType`.
template <typename Codec>
mlir::Value materializeEncode(const Codec &codec, mlir::Type storageType,
                              mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::Value x, mlir::Value metadata,
                              mlir::Value noise) {
  ArithMaterializer a(builder, loc);
  auto code = codec.encode(a, a.wrapReal(x),
                           a.loadMetadata(metadata, codec.metadataKind()),
                           a.loadNoise(noise));
  return a.storeCode(code, storageType);
}

/// Builds the ops that decode the storage integer `code` to f32.
template <typename Codec>
mlir::Value materializeDecode(const Codec &codec, mlir::OpBuilder &builder,
                              mlir::Location loc, mlir::Value code,
                              mlir::Value metadata) {
  ArithMaterializer a(builder, loc);
  return codec
      .decode(a, a.loadCode(code),
              a.loadMetadata(metadata, codec.metadataKind()))
      .value;
}

/// Builds the ops that decode what f32 `x` encodes to.
template <typename Codec>
mlir::Value materializeEmulate(const Codec &codec, mlir::OpBuilder &builder,
                               mlir::Location loc, mlir::Value x,
                               mlir::Value metadata, mlir::Value noise) {
  ArithMaterializer a(builder, loc);
  return numerics::emulate(codec, a, a.wrapReal(x),
                           a.loadMetadata(metadata, codec.metadataKind()),
                           a.loadNoise(noise))
      .value;
}

/// Builds the ops that choose the metadata for a range.
template <typename Codec>
mlir::Value materializeChooseMetadata(const Codec &codec,
                                      mlir::OpBuilder &builder,
                                      mlir::Location loc, mlir::Value least,
                                      mlir::Value greatest) {
  ArithMaterializer a(builder, loc);
  return a.storeMetadata(
      codec.chooseMetadata(a, a.wrapReal(least), a.wrapReal(greatest)),
      codec.metadataKind());
}

} // namespace edgebert::numfmt

#endif // EDGEBERT_LIB_DIALECT_NUMFMT_IR_ARITHMATERIALIZER_H
