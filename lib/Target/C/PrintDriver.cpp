//===- PrintDriver.cpp - the text of a driver -----------------------------===//

#include "PrintDriver.h"

#include "COperators.h"
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Target/Cpp/CppEmitter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::target;
using execution::DType;
using execution::Port;

/// The C type of a port's elements, "" if C99 has none.
static StringRef getElementType(DType dtype) {
  switch (dtype) {
  case DType::Bool:
    return "bool";
  case DType::I8:
    return "int8_t";
  case DType::U8:
    return "uint8_t";
  case DType::I16:
    return "int16_t";
  case DType::U16:
    return "uint16_t";
  case DType::I32:
    return "int32_t";
  case DType::U32:
    return "uint32_t";
  case DType::I64:
    return "int64_t";
  case DType::U64:
    return "uint64_t";
  case DType::F16:
    // Never computed with, only its bits are passed.
    return "uint16_t";
  case DType::F32:
    return "float";
  case DType::F64:
    return "double";
  }
  llvm_unreachable("unknown element type");
}

static uint64_t getByteSize(const Port &port) {
  uint64_t bytes = execution::getByteWidth(port.dtype);
  for (int64_t extent : port.shape)
    bytes *= extent;
  return bytes;
}

std::string edgebert::target::quote(StringRef text) {
  std::string quoted;
  llvm::raw_string_ostream os(quoted);
  os << '"';
  for (unsigned char c : text) {
    if (c == '"' || c == '\\')
      os << '\\' << c;
    else if (c >= 0x20 && c < 0x7f && c != '?')
      os << c;
    else
      // Three digits, so that a following digit is not part of it.
      os << llvm::formatv("\\{0}{1}{2}", c >> 6, (c >> 3) & 7, c & 7);
  }
  os << '"';
  return quoted;
}

namespace {

/// Names for ports that are identifiers in C, each once.
class PortNames {
public:
  std::string get(const Port &port) {
    std::string name = "a_";
    for (char c : port.name)
      name += llvm::isAlnum(c) ? c : '_';
    if (llvm::isAlpha(port.name.empty() ? '0' : port.name.front()))
      name = name.substr(2);
    // Keywords and what the header includes are all shorter or end so.
    if (reserved.contains(name) || StringRef(name).ends_with("_t"))
      name += "_";
    while (!taken.insert(name).second)
      name += "_";
    return name;
  }

private:
  llvm::StringSet<> taken;
  const llvm::StringSet<> reserved = {
      "auto",     "bool",    "break",  "case",     "char",   "const",
      "continue", "default", "do",     "double",   "else",   "enum",
      "extern",   "false",   "float",  "for",      "goto",   "if",
      "inline",   "int",     "long",   "register", "return", "restrict",
      "short",    "signed",  "sizeof", "static",   "struct", "switch",
      "true",     "typedef", "union",  "unsigned", "void",   "volatile",
      "while",    "linux",   "unix",   "asm",      "typeof", "NULL"};
};

} // namespace

/// "const int64_t *input_ids, float *logits".
static std::string printParameters(const DriverDescription &driver) {
  PortNames names;
  std::vector<std::string> parameters;
  for (const Port &port : driver.inputs)
    parameters.push_back(
        ("const " + getElementType(port.dtype) + " *" + names.get(port)).str());
  for (const Port &port : driver.outputs)
    parameters.push_back(
        (getElementType(port.dtype) + " *" + names.get(port)).str());
  return parameters.empty() ? "void" : llvm::join(parameters, ", ");
}

static std::string printArray(const Port &port) {
  return port.name + ": " + port.describe();
}

static constexpr StringLiteral kHeader =
    R"(/* {0}.h - what the driver {0}.c needs and provides.
 * Made by edgebert-translate --edgebert-to-c.
 */
#ifndef EDGEBERT_DRIVER_H
#define EDGEBERT_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* Provided by you: the 32-bit registers of the accelerator, and a wait for its
   interrupt. A write must have reached the accelerator, and the bytes it moved
   must be seen by the host, before the next call returns. */
void edgebert_write32(uint32_t offset, uint32_t value);
uint32_t edgebert_read32(uint32_t offset);
void edgebert_wait(void);

/* Provided by you: the memory that host and accelerator share. Byte 0 is the
   accelerator's address 0, 64-byte aligned; the first EDGEBERT_IMAGE_SIZE bytes
   hold {0}.bin when edgebert_main is called for the first time. Define
   EDGEBERT_DRAM, an expression of type uint8_t *, for memory elsewhere. */
#define EDGEBERT_DRAM_SIZE {1}u
#define EDGEBERT_IMAGE_SIZE {2}u
#ifndef EDGEBERT_DRAM
extern uint8_t edgebert_dram[EDGEBERT_DRAM_SIZE];
#define EDGEBERT_DRAM edgebert_dram
#endif

/* The driver's temporaries, static: {3} bytes. */

/* Runs the program once; 0. Arrays are dense, in C order:
{4} */
int edgebert_main({5});

/* The same with the arrays in the order of this table, inputs first. */
typedef struct {{
  const char *name;
  const char *type; /* as numpy names it */
  uint32_t is_output;
  uint32_t bytes;
} edgebert_port;
#define EDGEBERT_NUM_PORTS {6}
extern const edgebert_port edgebert_ports[EDGEBERT_NUM_PORTS];
int edgebert_call(void *const *arrays);

#ifdef __cplusplus
}
#endif

#endif /* EDGEBERT_DRIVER_H */
)";

std::string edgebert::target::printHeader(const DriverDescription &driver) {
  std::string arrays;
  for (const Port &port : driver.inputs)
    arrays += "   in  " + printArray(port) + "\n";
  for (const Port &port : driver.outputs)
    arrays += "   out " + printArray(port) + "\n";
  // A name may neither end the comment nor seem to begin one.
  for (StringRef mark : {"*/", "/*"})
    for (size_t at; (at = arrays.find(mark)) != std::string::npos;)
      arrays[at + 1] = '_';
  // A C array has at least one element.
  uint64_t dramSize = std::max<uint64_t>(driver.dram.end, 1);
  return llvm::formatv(kHeader.data(), driver.name, dramSize, driver.imageSize,
                       driver.arenaSize, StringRef(arrays).rtrim('\n'),
                       printParameters(driver),
                       driver.inputs.size() + driver.outputs.size())
      .str();
}

static constexpr StringLiteral kPrologue =
    R"(/* {0}.c - a program for the host of an EdgeBERT accelerator.
 * Made by edgebert-translate --edgebert-to-c. {0}.h says how to use it.
 *
 * C99. Compile without contraction of a * b + c (-ffp-contract=off, or
 * -std=c99): the results are those of edgebert-run, bit for bit.
 */
#include "{0}.h"

#include <float.h>
#include <math.h>
#include <string.h>

#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#error "float arithmetic must be done in float"
#endif
#ifdef __FAST_MATH__
#error "compile without -ffast-math"
#endif
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#ifdef __GNUC__
#define EB_MAY_ALIAS __attribute__((__may_alias__))
#else
#define EB_MAY_ALIAS /* compile without type-based alias analysis */
#endif

/* Hooks of a simulator: the model's operation that the next accesses belong to,
   and work of the host in bytes (copy, transpose) or elements (op). */
#ifndef EDGEBERT_ORIGIN
#define EDGEBERT_ORIGIN(name) ((void)0)
#endif
#ifndef EDGEBERT_HOST_WORK
#define EDGEBERT_HOST_WORK(kind, amount) ((void)0)
#endif
)";

/// The registers and kinds of work that the functions name.
static void printConstants(llvm::raw_ostream &os, StringRef functions) {
  os << '\n';
  for (uint32_t value = 0; value <= accel::getMaxEnumValForHostWork(); ++value)
    if (auto kind = accel::symbolizeHostWork(value))
      os << "#define EDGEBERT_HOST_"
         << StringRef(accel::stringifyHostWork(*kind)).upper() << ' ' << value
         << '\n';
  os << '\n';
  for (uint32_t offset = 0; offset < 0x100; offset += 4) {
    auto reg = accel::symbolizeRegister(offset);
    if (!reg)
      continue;
    std::string name =
        "EDGEBERT_" + StringRef(accel::stringifyRegister(*reg)).upper();
    if (functions.contains(name + ",") || functions.contains(name + ")"))
      os << llvm::formatv("#define {0} {1:x}u\n", name, offset);
  }
}

static void printHelpers(llvm::raw_ostream &os, ModuleOp module) {
  llvm::StringSet<> seen;
  std::vector<std::string> used;
  module.walk([&](emitc::CallOpaqueOp call) {
    if (isHelper(call.getCallee()) && seen.insert(call.getCallee()).second)
      used.push_back(call.getCallee().str());
  });
  llvm::sort(used);
  for (const std::string &name : used) {
    os << '\n';
    printHelper(os, name);
  }
}

static void printEntry(llvm::raw_ostream &os, const DriverDescription &driver) {
  PortNames names;
  std::vector<std::string> arguments, casts;
  for (const Port &port : driver.inputs) {
    // The program only reads through it.
    arguments.push_back("(uint8_t *)" + names.get(port));
    casts.push_back(
        ("(const " + getElementType(port.dtype) + " *)arrays[").str());
  }
  for (const Port &port : driver.outputs) {
    arguments.push_back("(uint8_t *)" + names.get(port));
    casts.push_back(("(" + getElementType(port.dtype) + " *)arrays[").str());
  }
  arguments.push_back("(uint8_t *)arena");
  for (auto [index, cast] : llvm::enumerate(casts))
    cast += std::to_string(index) + "]";
  os << "\nstatic uint64_t arena["
     << std::max<uint64_t>(llvm::divideCeil(driver.arenaSize, 8), 1) << "];\n"
     << "\nint edgebert_main(" << printParameters(driver) << ") {\n  "
     << kProgramFunction << "(" << llvm::join(arguments, ", ")
     << ");\n  return 0;\n}\n"
     << "\nconst edgebert_port edgebert_ports[EDGEBERT_NUM_PORTS] = {\n";
  auto print = [&](const Port &port, bool isOutput) {
    os << "    {" << quote(port.name) << ", "
       << quote(execution::getName(port.dtype)) << ", " << isOutput << ", "
       << getByteSize(port) << "},\n";
  };
  for (const Port &port : driver.inputs)
    print(port, false);
  for (const Port &port : driver.outputs)
    print(port, true);
  os << "};\n\nint edgebert_call(void *const *arrays) {\n"
     << "  return edgebert_main(" << llvm::join(casts, ", ") << ");\n}\n";
}

FailureOr<std::string>
edgebert::target::printSource(const DriverDescription &driver,
                              ModuleOp module) {
  std::string functions;
  llvm::raw_string_ostream functionsOs(functions);
  if (failed(emitc::translateToCpp(module, functionsOs)))
    return failure();
  std::string source;
  llvm::raw_string_ostream os(source);
  os << llvm::formatv(kPrologue.data(), driver.name);
  printConstants(os, functions);
  printHelpers(os, module);
  os << '\n' << functions;
  printEntry(os, driver);
  return source;
}
