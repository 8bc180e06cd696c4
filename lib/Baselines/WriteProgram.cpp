//===- WriteProgram.cpp - a baseline's steps as JSON and C ----------------===//

#include "edgebert/Baselines/Program.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <map>

using namespace edgebert;
using namespace edgebert::baselines;

static llvm::json::Object toJson(const Step &step) {
  llvm::json::Object out{{"module", stringifyModule(step.module)},
                         {"category", stringifyCategory(step.category)},
                         {"kind", stringifyOpKind(step.kind)},
                         {"op", step.op},
                         {"times", step.times}};
  if (step.kernel.empty()) {
    out["hardware"] = step.hardware;
    out["cycles"] = int64_t(step.cycles);
    return out;
  }
  out["kernel"] = step.kernel;
  out["sizes"] = llvm::json::Array(step.sizes);
  return out;
}

/// Per module: MACs, elements per kind of operation, transposed operands.
static llvm::json::Object summarize(const Layer &layer) {
  struct Totals {
    int64_t macs = 0, transposes = 0;
    std::map<std::string, int64_t> elements;
  };
  std::map<std::string, Totals> modules;
  int64_t macs = 0;
  for (const LayerOp &op : layer) {
    Totals &totals = modules[stringifyModule(op.module).str()];
    macs += op.macs();
    totals.macs += op.macs();
    totals.transposes += op.batch * (op.transposeLhs + op.transposeRhs);
    if (op.kind != OpKind::Matmul)
      totals.elements[stringifyOpKind(op.kind).str()] += op.elements();
  }
  llvm::json::Object out{{"macs", macs}};
  for (const auto &[name, totals] : modules) {
    llvm::json::Object elements;
    for (const auto &[kind, count] : totals.elements)
      elements[kind] = count;
    out[name] = llvm::json::Object{{"macs", totals.macs},
                                   {"transposes", totals.transposes},
                                   {"elements", std::move(elements)}};
  }
  return out;
}

void baselines::writeJson(const Program &program, const Layer &layer,
                          llvm::raw_ostream &os) {
  llvm::json::Array steps;
  for (const Step &step : program.steps)
    steps.push_back(toJson(step));
  llvm::json::Object root{{"program", program.name},
                          {"layer", summarize(layer)},
                          {"steps", std::move(steps)}};
  os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
}

/// The arguments of a kernel in core_kernels.h, with {0}, {1}, {2} for the
/// sizes.
static llvm::StringRef callOf(llvm::StringRef kernel) {
  return llvm::StringSwitch<llvm::StringRef>(kernel)
      .Case("matmul_i32", "a, b, {0}, {1}, {2}, c")
      .Case("transpose_i32", "a, {0}, {1}, c")
      .Case("copy_block_i32", "c, {1}, a, {1}, {0}, {1}")
      .Case("softmax_f32", "a, {0}, {1}")
      .Case("layer_norm_f32", "a, b, c, {0}, {1}")
      .Case("add_row_i32", "a, b, {0}, {1}, c")
      .Case("scale_f32", "a, 0.125f, {0}, c")
      .Cases({"convert_i32", "exp_f32", "erf_f32", "tanh_f32", "sqrt_f32"},
             "a, {0}, c")
      .Default("a, b, {0}, c");
}

void baselines::writeC(const Program &program, llvm::raw_ostream &os) {
  int64_t words = 1;
  for (const Step &step : program.steps) {
    // A matrix of a kernel has at most two of the sizes as extents.
    int64_t largest[2] = {1, 1};
    for (int64_t size : step.sizes) {
      if (size > largest[0])
        std::swap(size, largest[0]);
      largest[1] = std::max(largest[1], size);
    }
    words = std::max(words, largest[0] * largest[1]);
  }
  os << "/* Written by edgebert-opt --edgebert-write-baseline: the work of one "
        "layer on\n   the RISC-V core. Link with core_kernels.c. */\n"
        "#include \"core_kernels.h\"\n"
        "#include <stdlib.h>\n\n"
        "__attribute__((noinline)) void mark_begin(void) { __asm__ "
        "volatile(\"\"); }\n"
        "__attribute__((noinline)) void mark_end(void) { __asm__ "
        "volatile(\"\"); }\n\n"
        "static int32_t *constant(int32_t value) {\n"
     << llvm::formatv("  enum {{ kWords = {0} };\n", words)
     << "  int32_t *matrix = malloc(4L * kWords);\n"
        "  for (long i = 0; i < kWords; ++i)\n"
        "    matrix[i] = value;\n"
        "  return matrix;\n"
        "}\n\n"
        "int main(void) {\n"
        "  int32_t *a = constant(24), *b = constant(-5), *c = constant(11);\n"
        "  mark_begin();\n";
  Module module = Module::Attention;
  bool first = true;
  for (const Step &step : program.steps) {
    if (step.kernel.empty())
      continue;
    if (first || step.module != module)
      os << "  /* " << stringifyModule(step.module) << " */\n";
    first = false;
    module = step.module;
    llvm::SmallVector<int64_t, 3> sizes = step.sizes;
    sizes.resize(3);
    os << "  for (int i = 0; i < " << step.times << "; ++i)\n    "
       << step.kernel << '('
       << llvm::formatv(/*Validate=*/false, callOf(step.kernel).data(),
                        sizes[0], sizes[1], sizes[2])
       << "); /* " << step.op << " */\n";
  }
  os << "  mark_end();\n  return c[0] & 0;\n}\n";
}
