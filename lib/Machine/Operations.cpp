//===- Operations.cpp - matmul and the special-function units ---*- C++ -*-===//

#include "edgebert/Machine/Machine.h"

#include "Hazards.h"
#include "MatmulPipeline.h"
#include "Streams.h"

#include "edgebert/Machine/Timing.h"

using namespace edgebert::machine;

/// An error unless `value`, the number of `what`, is a positive multiple of
/// `unit` in its register field. `why` says what asks for more than 16.
static llvm::Error checkDimension(llvm::StringRef what, unsigned value,
                                  const Field &field, unsigned unit = 16,
                                  llvm::StringRef why = "") {
  if (value != 0 && value % unit == 0 && field.fits(value))
    return llvm::Error::success();
  unsigned top = unsigned(field.max()) / unit * unit;
  unsigned nearest =
      std::min(std::max(unit, (value + unit - 1) / unit * unit), top);
  return llvm::createStringError(
      what + " = " + llvm::Twine(value) + " of " +
      registerName(uint32_t(field.reg)) + " (0x10)" +
      (unit == 16 ? "" : " with " + why) + "; expected a multiple of " +
      llvm::Twine(unit) + " in " + llvm::Twine(unit) + ".." + llvm::Twine(top) +
      "; the nearest is " + llvm::Twine(nearest));
}

static llvm::Error checkBias(llvm::StringRef what, unsigned bias) {
  if (bias <= 7)
    return llvm::Error::success();
  return llvm::createStringError(what + " = " + llvm::Twine(bias) +
                                 "; expected an exponent bias in 0..7");
}

/// Whether intervals of a memory that wraps have a cell in common.
static bool intersect(uint64_t a, uint64_t aCells, uint64_t b, uint64_t bCells,
                      uint64_t size) {
  a %= size;
  b %= size;
  return (b + size - a) % size < aCells || (a + size - b) % size < bCells;
}

/// Whether the result may go where the operand of its decoder is.
bool Machine::mayOverwriteOperand(const MatmulConfig &cfg,
                                  const MatmulPlacement &place) const {
  unsigned decoder = place.outputDecoder & 1;
  StreamBase operand = decoder == 0 ? place.operand0 : place.operand1;
  uint64_t vectors = uint64_t(decoder == 0 ? cfg.n0 : cfg.n1) * cfg.m / 16;
  uint64_t results = uint64_t(cfg.n0) * cfg.n1 / 16;
  Encoder fresh;
  const Encoder &encoder = place.encoder ? *place.encoder : fresh;
  if (!encoder.bases.empty())
    return true;
  auto [least, most] =
      std::minmax_element(encoder.lanes.begin(), encoder.lanes.end());
  if (intersect(operand.base, vectors, place.output + encoder.vectors, results,
                desc.maskRows()))
    return true;
  auto overlapsRows = [&, least = *least, most = *most](uint64_t rows) {
    return intersect(dataByte(operand), 16 * rows, place.output + 16u * least,
                     16 * (results + most - least), desc.dataBytes);
  };
  // The masks are counted only if it depends on them.
  return overlapsRows(vectors) &&
         overlapsRows(dataRows(llvm::cantFail(
             readMasks("", decoder, operand, vectors)))); // read before
}

/// Runs a matmul as the published machine does, access by access; the cycles.
uint64_t Machine::runInOrder(const MatmulConfig &cfg,
                             const MatmulPlacement &place, unsigned tiles,
                             UnitStats &lost) {
  auto sideOf = [&](unsigned d, StreamBase from) {
    return MatmulPipeline::Side{side[d].data, side[d].masks, from.base,
                                dataByte(from)};
  };
  Encoder fresh;
  fresh.base = place.output;
  MatmulPipeline pipeline{
      desc,
      cfg,
      tiles,
      {sideOf(0, place.operand0), sideOf(1, place.operand1)},
      place.outputDecoder & 1,
      place.encoder ? *place.encoder : fresh};
  ++side[place.outputDecoder & 1].version;
  return pipeline.run(lost);
}

/// A matmul whose M is no multiple of 16: the datapath sums M / 16 tiles, each
/// of the next 16 vectors of both streams, which so slip (fact sheet 2.4).
llvm::Error Machine::runUnevenMatmul(const MatmulConfig &cfg,
                                     const MatmulPlacement &place) {
  UnitStats lost;
  uint64_t cycles = runInOrder(cfg, place, place.latchedTiles, lost);
  counters.units += lost;
  uint64_t macs = uint64_t(cfg.n0) * cfg.n1 * 16 * place.latchedTiles;
  counters.macs += macs;
  uint64_t vectors0 = uint64_t(cfg.n0) * cfg.m / 16,
           vectors1 = uint64_t(cfg.n1) * cfg.m / 16;
  counters.operandVectors += vectors0 + vectors1;
  Footprint footprint;
  addFootprint(footprint, 0, place.operand0, vectors0);
  addFootprint(footprint, 1, place.operand1, vectors1);
  addFootprint(footprint, place.outputDecoder & 1, {place.output, 0},
               uint64_t(cfg.n0) * cfg.n1 / 16, true);
  complete({Command::Matmul, CycleKind::Compute, cycles, 0, macs}, footprint);
  return llvm::Error::success();
}

llvm::Error Machine::runMatmul(const MatmulConfig &cfg,
                               const MatmulPlacement &place) {
  if ((cfg.operands == Precision::Afp4 || cfg.result == Precision::Afp4) &&
      !desc.afp4)
    return llvm::createStringError("matmul with 4-bit codes; machine '" +
                                   desc.name + "' multiplies 8-bit codes only");
  if (llvm::Error error =
          checkDimension("N0", cfg.n0, field::n0, codesPerVector(cfg.result),
                         "a 4-bit result"))
    return error;
  if (llvm::Error error = checkDimension("N1", cfg.n1, field::n1))
    return error;
  bool isAfp8 =
      cfg.operands == Precision::Afp8 && cfg.result == Precision::Afp8;
  bool uneven =
      isAfp8 && place.latchedTiles != 0 && cfg.m >= 16 && cfg.m % 16 != 0;
  if (llvm::Error error =
          checkDimension("M", uneven ? 16 : cfg.m, field::m,
                         codesPerVector(cfg.operands), "4-bit operands"))
    return error;
  if (llvm::Error error = checkBias("adf_accum_bias", cfg.adfAccumBias))
    return error;
  if (cfg.accumRightShift > 31)
    return llvm::createStringError(
        "accum_right_shift = " + llvm::Twine(cfg.accumRightShift) +
        "; expected 0..31");
  if (uneven)
    return runUnevenMatmul(cfg, place);
  auto a = readOperand(0, place.operand0, cfg.n0, cfg.m, cfg.operands);
  if (!a)
    return a.takeError();
  auto b = readOperand(1, place.operand1, cfg.n1, cfg.m, cfg.operands);
  if (!b)
    return b.takeError();

  std::vector<uint8_t> out(size_t(cfg.n0) * cfg.n1 / codesPerByte(cfg.result));
  UnitStats lost;
  unsigned tiles = cfg.m / codesPerVector(cfg.operands);
  unsigned summed = isAfp8 && place.latchedTiles ? place.latchedTiles : tiles;
  bool inOrder = summed != tiles || (!desc.checksAddresses && isAfp8 &&
                                     mayOverwriteOperand(cfg, place));
  uint64_t cycles = 0;
  if (inOrder)
    cycles = runInOrder(cfg, place, summed, lost);
  else
    kernels::matmul(desc, cfg, **a, **b, out.data(), &lost);

  // Steps are pairs of blocks: for each block q of operand 1 all blocks p of
  // operand 0. A block of 16 rows is m vectors of its stream; 16 vectors of a
  // result take one step, of a 4-bit result two.
  uint64_t n0 = cfg.n0 / 16, n1 = cfg.n1 / 16;
  uint64_t m = cfg.m / codesPerByte(cfg.operands);
  unsigned decoder = place.outputDecoder & 1;
  Hazards hazards;
  hazards.written = [steps = codesPerByte(cfg.result)](uint64_t vector) {
    return vector / 16 * steps + steps - 1;
  };
  if (decoder == 0)
    addHazard(hazards, "operand 0", 0, place.operand0, n0 * m,
              [=](uint64_t v) { return (n1 - 1) * n0 + v / m; });
  else
    addHazard(hazards, "operand 1", 1, place.operand1, n1 * m,
              [=](uint64_t v) { return v / m * n0 + n0 - 1; });
  uint64_t zeroOperands = (*a)->zeroVectors() + (*b)->zeroVectors();
  uint64_t skipped = 0;
  if (desc.skipZeroVectors && !desc.overlapReceive && !inOrder)
    skipped = timing::skipped(cfg.n0, cfg.n1, (*a)->zeros(), (*b)->zeros());
  if (!inOrder) {
    if (llvm::Error error = writeMatrix(decoder, place.output, out, cfg.n1,
                                        cfg.n0 / codesPerVector(cfg.result),
                                        Layout::Tiled, hazards, place.encoder))
      return error;
    cycles =
        timing::matmul(desc, cfg.n0, cfg.n1, cfg.m, cfg.operands) - skipped;
  }

  counters.units += lost;
  uint64_t macs =
      uint64_t(cfg.n0) * cfg.n1 * summed * codesPerVector(cfg.operands);
  counters.macs += macs;
  counters.operandVectors += (n0 + n1) * m;
  counters.zeroOperandVectors += zeroOperands;
  counters.zeroMacs +=
      codesPerVector(cfg.operands) *
      timing::gatedPairs(cfg.n0, cfg.n1, (*a)->zeros(), (*b)->zeros());
  counters.skippedCycles += skipped;
  if (cfg.operands == Precision::Afp4) {
    counters.macs4 += macs;
    counters.computeCycles4 += cycles;
  }
  Footprint footprint;
  addFootprint(footprint, 0, place.operand0, n0 * m);
  addFootprint(footprint, 1, place.operand1, n1 * m);
  addFootprint(footprint, decoder, {place.output, 0}, out.size() / 16, true);
  complete({Command::Matmul, CycleKind::Compute, cycles, 0, macs}, footprint);
  return llvm::Error::success();
}

llvm::Error Machine::checkUnit(llvm::StringRef unit, const RowShape &shape,
                               Layout layout) const {
  auto outside = [&](const Field &f, unsigned value) {
    return llvm::createStringError(unit + " with " + f.name + " = " +
                                   llvm::Twine(value) +
                                   " of gb_control_config (0x20); expected "
                                   "1.." +
                                   llvm::Twine(f.max()));
  };
  if (shape.vectors == 0 || !field::numVector.fits(shape.vectors))
    return outside(field::numVector, shape.vectors);
  if (shape.timesteps == 0 || !field::numTimestep.fits(shape.timesteps))
    return outside(field::numTimestep, shape.timesteps);
  if (layout == Layout::RowMajor)
    return llvm::Error::success();
  if (!desc.tiledLayout)
    return llvm::createStringError(unit + " in the tiled layout; machine '" +
                                   desc.name + "' knows only row-major");
  if (shape.timesteps % 16 != 0)
    return llvm::createStringError(
        unit + " in the tiled layout with num_timestep = " +
        llvm::Twine(shape.timesteps) + "; expected a multiple of 16, as " +
        llvm::Twine(std::min((shape.timesteps + 15) / 16 * 16, 240u)));
  return llvm::Error::success();
}

/// The result of layer norm and softmax, which read row by row (or, tiled,
/// block of 16 rows by block) what they then write.
llvm::Error Machine::writeUnitResult(const UnitPlacement &place,
                                     const RowShape &shape,
                                     llvm::ArrayRef<uint8_t> result) {
  Hazards hazards;
  uint64_t stepVectors =
      place.layout == Layout::Tiled ? 16 * uint64_t(shape.vectors) : 1;
  auto step = [=](uint64_t vector) { return vector / stepVectors; };
  hazards.written = step;
  addHazard(hazards, "the input", place.decoder & 1, place.input,
            uint64_t(shape.vectors) * shape.timesteps, step);
  return writeMatrix(place.decoder & 1, place.output, result, shape.timesteps,
                     shape.vectors, place.layout, hazards, place.encoder);
}

/// The input, the result, and parameters at (byte, vectors) of the auxiliary
/// memory.
Footprint Machine::unitFootprint(
    const UnitPlacement &place, const RowShape &shape,
    llvm::ArrayRef<std::pair<unsigned, unsigned>> parameters) const {
  Footprint footprint;
  uint64_t vectors = uint64_t(shape.vectors) * shape.timesteps;
  unsigned decoder = place.decoder & 1;
  addFootprint(footprint, decoder, place.input, vectors);
  addFootprint(footprint, decoder, {place.output, 0}, vectors, true);
  for (auto [byte, count] : parameters)
    footprint.ranges.push_back(
        {MemoryKind::Aux, 0, byte, 16 * uint64_t(count), false});
  return footprint;
}

/// Softmax as the published decoder feeds it: the masks of each pass are
/// right, the data pointer advances after the wrong passes.
llvm::Error Machine::softmaxByDecoder(const SoftmaxConfig &cfg,
                                      const UnitPlacement &place,
                                      llvm::ArrayRef<uint8_t> span,
                                      std::vector<uint8_t> &out,
                                      UnitStats &lost) {
  unsigned row = cfg.shape.rowCodes();
  const Side &from = side[place.decoder & 1];
  auto masks = readMasks("the input", place.decoder & 1, place.input,
                         uint64_t(cfg.shape.vectors) * cfg.shape.timesteps);
  if (!masks)
    return masks.takeError();
  std::vector<uint8_t> passes[3];
  for (auto &pass : passes)
    pass.resize(row);
  LaneCounters saved{};
  unsigned pass = 0;
  for (unsigned t = 0; t < cfg.shape.timesteps; ++t) {
    for (auto &codes : passes) {
      LaneCounters current = saved;
      expandVectors(llvm::ArrayRef(*masks).slice(t * cfg.shape.vectors,
                                                 cfg.shape.vectors),
                    from.data, dataByte(place.input), current, codes.data());
      ++pass;
      if (pass >= 3 && (pass - 3) % desc.softmaxDecoderPeriod == 0)
        saved = current;
    }
    size_t at = size_t(t) * row;
    kernels::softmaxRow(
        desc, cfg, {passes[0].data(), passes[1].data(), passes[2].data()},
        span.data() + (cfg.spanPerRow ? at : 0), out.data() + at, &lost);
  }
  return llvm::Error::success();
}

llvm::Error Machine::runSoftmax(const SoftmaxConfig &cfg,
                                const UnitPlacement &place, unsigned spanBase) {
  if (llvm::Error error = checkUnit("softmax", cfg.shape, place.layout))
    return error;
  for (unsigned bias : {cfg.inputBias, cfg.spanBias, cfg.outputBias})
    if (llvm::Error error = checkBias("a bias of softmax", bias))
      return error;
  auto span = readAux("the attention span", spanBase, cfg.spanVectors());
  if (!span)
    return span.takeError();
  auto x = readMatrix("the input", place.decoder & 1, place.input,
                      cfg.shape.timesteps, cfg.shape.vectors, place.layout);
  if (!x)
    return x.takeError();

  std::vector<uint8_t> out(x->size());
  UnitStats lost;
  if (desc.softmaxDecoderPeriod == 3) {
    kernels::softmax(desc, cfg, x->data(), span->data(), out.data(), &lost);
  } else if (llvm::Error error =
                 softmaxByDecoder(cfg, place, *span, out, lost)) {
    return error;
  }
  if (llvm::Error error = writeUnitResult(place, cfg.shape, out))
    return error;

  counters.units += lost;
  bool skipped = desc.skipZeroSpan &&
                 std::all_of(span->begin(), span->end(),
                             [](uint8_t code) { return (code & 0x7f) == 0; });
  complete({Command::Softmax, CycleKind::Compute,
            skipped
                ? timing::skippedSoftmax(cfg.shape.vectors, cfg.shape.timesteps)
                : timing::softmax(cfg.shape.vectors, cfg.shape.timesteps)},
           unitFootprint(place, cfg.shape, {{spanBase, cfg.spanVectors()}}));
  return llvm::Error::success();
}

llvm::Error Machine::runLayerNorm(const LayerNormConfig &cfg,
                                  const UnitPlacement &place,
                                  unsigned gammaBase, unsigned betaBase) {
  if (llvm::Error error = checkUnit("layer norm", cfg.shape, place.layout))
    return error;
  for (unsigned bias :
       {cfg.inputBias, cfg.gammaBias, cfg.betaBias, cfg.outputBias})
    if (llvm::Error error = checkBias("a bias of layer norm", bias))
      return error;
  auto gamma = readAux("gamma", gammaBase, cfg.shape.vectors);
  if (!gamma)
    return gamma.takeError();
  // The published unit never looks at beta's base.
  auto beta =
      readAux("beta", desc.layerNormBetaFromGamma ? gammaBase : betaBase,
              cfg.shape.vectors);
  if (!beta)
    return beta.takeError();
  auto x = readMatrix("the input", place.decoder & 1, place.input,
                      cfg.shape.timesteps, cfg.shape.vectors, place.layout);
  if (!x)
    return x.takeError();

  std::vector<uint8_t> out(x->size());
  UnitStats lost;
  kernels::layerNorm(desc, cfg, x->data(), gamma->data(), beta->data(),
                     out.data(), &lost);
  if (llvm::Error error = writeUnitResult(place, cfg.shape, out))
    return error;
  counters.units += lost;
  complete({Command::LayerNorm, CycleKind::Compute,
            timing::layerNorm(cfg.shape.vectors, cfg.shape.timesteps)},
           unitFootprint(place, cfg.shape,
                         {{gammaBase, cfg.shape.vectors},
                          {betaBase, cfg.shape.vectors}}));
  return llvm::Error::success();
}

llvm::Error Machine::runAdd(const AddConfig &cfg, const UnitPlacement &place) {
  // Element by element in stream order, whatever the layout.
  if (llvm::Error error = checkUnit("elem_add", cfg.shape, place.layout))
    return error;
  for (unsigned bias : {cfg.bias0, cfg.bias1, cfg.outputBias})
    if (llvm::Error error = checkBias("a bias of elem_add", bias))
      return error;
  unsigned decoder = place.decoder & 1;
  auto x = readMatrix("operand 0", decoder, place.input, cfg.shape.timesteps,
                      cfg.shape.vectors, Layout::RowMajor);
  if (!x)
    return x.takeError();
  auto y = readMatrix("operand 1", decoder, place.input2, cfg.shape.timesteps,
                      cfg.shape.vectors, Layout::RowMajor);
  if (!y)
    return y.takeError();

  std::vector<uint8_t> out(x->size());
  UnitStats lost;
  kernels::add(desc, cfg, x->data(), y->data(), out.data(), &lost);
  Hazards hazards;
  uint64_t vectors = uint64_t(cfg.shape.vectors) * cfg.shape.timesteps;
  auto same = [](uint64_t vector) { return vector; };
  addHazard(hazards, "operand 0", decoder, place.input, vectors, same);
  addHazard(hazards, "operand 1", decoder, place.input2, vectors, same);
  if (llvm::Error error = writeMatrix(decoder, place.output, out,
                                      cfg.shape.timesteps, cfg.shape.vectors,
                                      Layout::RowMajor, hazards, place.encoder))
    return error;
  counters.units += lost;
  Footprint footprint = unitFootprint(place, cfg.shape, {});
  addFootprint(footprint, decoder, place.input2, vectors);
  complete({Command::ElemAdd, CycleKind::Compute,
            timing::elemAdd(cfg.shape.vectors, cfg.shape.timesteps)},
           footprint);
  return llvm::Error::success();
}

llvm::Expected<EntropyResult> Machine::runEntropy(const EntropyConfig &cfg,
                                                  const UnitPlacement &place) {
  if (llvm::Error error = checkUnit("entropy", {cfg.vectors, 1}, place.layout))
    return error;
  if (llvm::Error error = checkBias("adpbias_act1", cfg.inputBias))
    return error;
  auto x = readMatrix("the input", place.decoder & 1, place.input, 1,
                      cfg.vectors, Layout::RowMajor);
  if (!x)
    return x.takeError();
  UnitStats lost;
  EntropyResult result = kernels::entropy(desc, cfg, x->data(), &lost);
  entropyResult = result;
  uint32_t &status = registers[index(Register::Status)];
  status = field::entropyStatus.insert(status, result.below ? 3 : 2);
  counters.units += lost;
  Footprint footprint;
  addFootprint(footprint, place.decoder & 1, place.input, cfg.vectors);
  complete({Command::Entropy, CycleKind::Compute, timing::entropy(cfg.vectors)},
           footprint);
  return result;
}

llvm::Expected<DvfsResult> Machine::runDvfs(const DvfsConfig &cfg) {
  if (cfg.scale == 0)
    return llvm::createStringError(
        "enpy_scale of entropy_config (0x24) = 0: the entropy is divided by "
        "it; expected 1..255");
  DvfsResult result = units::dvfs(cfg);
  uint32_t &status = registers[index(Register::Status)];
  status = field::dcoSelect.insert(status, result.dco);
  status = field::ldoSelect.insert(status, result.ldo);
  changes.push_back({stats(), result});
  complete({Command::Dvfs, CycleKind::Compute, timing::kDvfs});
  return result;
}
