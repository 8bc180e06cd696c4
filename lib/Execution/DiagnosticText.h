//===- DiagnosticText.h - diagnostics as an error ---------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_EXECUTION_DIAGNOSTICTEXT_H
#define EDGEBERT_LIB_EXECUTION_DIAGNOSTICTEXT_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace edgebert::execution {

/// Collects error diagnostics as text while it lives.
class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext *context)
      : handler(context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
            return mlir::failure();
          llvm::raw_string_ostream os(text);
          if (!text.empty())
            os << '\n';
          mlir::Location location = diagnostic.getLocation();
          if (auto file = location->findInstanceOf<mlir::FileLineColLoc>())
            os << file.getFilename().getValue() << ':' << file.getLine() << ':'
               << file.getColumn() << ": ";
          else if (auto name = location->findInstanceOf<mlir::NameLoc>())
            os << name.getName().getValue() << ": ";
          os << diagnostic;
          return mlir::success();
        }) {}
  llvm::Error getError() const {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   text.empty() ? "compilation failed" : text);
  }

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace edgebert::execution

#endif // EDGEBERT_LIB_EXECUTION_DIAGNOSTICTEXT_H
