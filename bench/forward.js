// Median milliseconds of single-thread onnxruntime forwards:
//   node forward.js MODEL.onnx RUNS FEEDS.json
// where the file has {"name": {"type", "dims", "data"}}.
const fs = require('fs');
const ort = require('onnxruntime-node');
(async () => {
  const [model, runs, inputs] = process.argv.slice(2);
  const session = await ort.InferenceSession.create(
      model, {intraOpNumThreads: 1, interOpNumThreads: 1});
  const feeds = {};
  for (const [name, {type, dims, data}] of Object.entries(JSON.parse(fs.readFileSync(inputs))))
    feeds[name] = new ort.Tensor(
        type, type === 'int64' ? BigInt64Array.from(data.map(BigInt))
                               : Float32Array.from(data), dims);
  for (let i = 0; i < 5; ++i) await session.run(feeds);
  const times = [];
  for (let i = 0; i < Number(runs); ++i) {
    const begin = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - begin) / 1e6);
  }
  times.sort((a, b) => a - b);
  console.log(times[times.length >> 1]);
})();
