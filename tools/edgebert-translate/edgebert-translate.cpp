//===- edgebert-translate.cpp - other formats to IR and back --------------===//
//
// One translation per run, chosen by a flag as in mlir-translate. Unlike there,
// the input is a path and not a buffer: ONNX refers to files beside it.
//
//===----------------------------------------------------------------------===//

#include "Drivers.h"
#include "RegisterLogs.h"

#include "edgebert/Import/ONNX.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;
using namespace mlir;

namespace {
enum class Translation { ImportOnnx, ToC, Assemble, Disassemble };

cl::OptionCategory category("edgebert-translate options");
cl::opt<Translation>
    translation(cl::desc("The translation:"), cl::Required, cl::cat(category),
                cl::values(clEnumValN(Translation::ImportOnnx, "import-onnx",
                                      "an ONNX model to linalg on tensors"),
                           clEnumValN(Translation::ToC, "edgebert-to-c",
                                      "a module in the command form to a C "
                                      "driver: NAME.c (-o), NAME.h, NAME.bin"),
                           clEnumValN(Translation::Assemble, "assemble",
                                      "text to a register log"),
                           clEnumValN(Translation::Disassemble, "disassemble",
                                      "a register log (edgebert-run --log) to "
                                      "text")));
cl::opt<std::string> inputPath(cl::Positional, cl::Required,
                               cl::desc("<input file>"), cl::cat(category));
cl::opt<std::string> outputPath("o", cl::init("-"), cl::value_desc("file"),
                                cl::desc("Output file, written only on success "
                                         "(default: standard output)"),
                                cl::cat(category));
cl::list<std::string> inputShapes(
    "input-shape", cl::value_desc("name:d0,d1,…"), cl::cat(category),
    cl::desc("Shape of an input with dynamic dimensions; repeat per input"));
cl::opt<std::string>
    machine("machine", cl::value_desc("asic|rtl|FILE.yaml"), cl::cat(category),
            cl::desc("Machine of a register log, if not what it says itself"));
cl::opt<std::string> entry("entry", cl::init("main"), cl::cat(category),
                           cl::desc("Function of a C driver"));
cl::opt<bool> emitBytecode("emit-bytecode", cl::cat(category),
                           cl::desc("Write MLIR bytecode instead of text"));

/// Prints "file: error: message"; 0:0 would say nothing about a binary file.
LogicalResult printDiagnostic(Diagnostic &diagnostic) {
  auto print = [](Diagnostic &item) {
    if (auto file = item.getLocation()->findInstanceOf<FileLineColLoc>()) {
      llvm::errs() << file.getFilename().getValue();
      if (file.getLine() != 0)
        llvm::errs() << ':' << file.getLine() << ':' << file.getColumn();
      llvm::errs() << ": ";
    } else if (auto name = item.getLocation()->findInstanceOf<NameLoc>()) {
      llvm::errs() << "node '" << name.getName().getValue() << "': ";
    }
    switch (item.getSeverity()) {
    case DiagnosticSeverity::Error:
      llvm::WithColor::error();
      break;
    case DiagnosticSeverity::Warning:
      llvm::WithColor::warning();
      break;
    case DiagnosticSeverity::Remark:
      llvm::WithColor::remark();
      break;
    case DiagnosticSeverity::Note:
      llvm::WithColor::note();
      break;
    }
    llvm::errs() << item << '\n';
  };
  print(diagnostic);
  for (Diagnostic &note : diagnostic.getNotes())
    print(note);
  return success();
}

OwningOpRef<ModuleOp> translate(MLIRContext &context) {
  switch (translation) {
  case Translation::ImportOnnx: {
    edgebert::onnx::ImportOptions options;
    for (const std::string &text : inputShapes)
      if (llvm::Error error = edgebert::onnx::parseInputShape(text, options)) {
        llvm::WithColor::error() << llvm::toString(std::move(error)) << '\n';
        return nullptr;
      }
    return edgebert::onnx::importOnnx(inputPath, context, options);
  }
  case Translation::ToC:
  case Translation::Assemble:
  case Translation::Disassemble:
    break;
  }
  llvm_unreachable("covered switch");
}

llvm::Error write(ModuleOp module, llvm::raw_ostream &os) {
  if (emitBytecode) {
    if (failed(writeBytecodeToFile(module, os)))
      return llvm::createStringError("writing bytecode failed");
    return llvm::Error::success();
  }
  // Locations carry the ONNX node names.
  module->print(os, OpPrintingFlags().enableDebugInfo());
  os << '\n';
  return llvm::Error::success();
}
} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "EdgeBERT translations to and from MLIR\n");
  if (translation == Translation::Assemble ||
      translation == Translation::Disassemble) {
    llvm::Error error = (translation == Translation::Assemble
                             ? assembleLog
                             : disassembleLog)(inputPath, outputPath, machine);
    if (!error)
      return 0;
    llvm::errs() << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  if (translation == Translation::ToC)
    return failed(emitDriver(inputPath, outputPath, entry, printDiagnostic));
  MLIRContext context;
  context.getDiagEngine().registerHandler(printDiagnostic);
  OwningOpRef<ModuleOp> module = translate(context);
  if (!module)
    return 1;
  llvm::Error error =
      outputPath == "-"
          ? write(*module, llvm::outs())
          : llvm::writeToOutput(outputPath, [&](llvm::raw_ostream &os) {
              return write(*module, os);
            });
  if (error) {
    llvm::WithColor::error()
        << outputPath << ": " << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
