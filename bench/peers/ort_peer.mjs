// ONNX Runtime as a benchmark peer: one JSON request a line in, one JSON result a
// line out. README.md has the protocol.
//
//   node ort_peer.mjs --threads 2 --work FOLDER
//
// FOLDER holds node_modules/onnxruntime-node and onnx/MODEL.TASK.onnx.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: { threads: { type: "string", default: "2" }, work: { type: "string", default: "." } },
});
const work = resolve(options.work);
const threads = Number(options.threads);
const require = createRequire(join(work, "package.json"));
const ort = require("onnxruntime-node");
const { version } = require("onnxruntime-node/package.json");

const PIXELS = 784;
const IMAGES = 4096;
const HEADER = 16; // of an idx file of images
const WARM_UP = 0.3; // seconds given to each mode when the fastest is sought
const TRIAL = 0.2;
const TRIALS = 3;

// images returns IMAGES * PIXELS values in 0..1.
function images() {
  const out = new Float32Array(IMAGES * PIXELS);
  const root = process.env.HOURGLASS_DATA;
  if (!root) return out.map(Math.random);
  const path = join(root, "fashion-mnist", "train-images-idx3-ubyte");
  const raw = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(path + ".gz"));
  return out.map((_, i) => raw[HEADER + i] / 255);
}

const data = images();

// inputs returns the task's input batches as tensors; codes are computed.
async function inputs({ model, task, batch }) {
  const shape = model === "conv-128" ? [batch, 1, 28, 28] : [batch, PIXELS];
  const encoder = task === "decode" ? await session(model, "encode", threads) : null;
  const batches = [];
  for (let at = 0; at + batch <= IMAGES; at += batch) {
    const x = new ort.Tensor("float32", data.slice(at * PIXELS, (at + batch) * PIXELS), shape);
    batches.push(encoder ? (await encoder.run({ x })).y : x);
  }
  return batches;
}

function session(model, task, intraOpNumThreads) {
  return ort.InferenceSession.create(join(work, "onnx", `${model}.${task}.onnx`), {
    intraOpNumThreads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
}

// repeat runs steps for about so many seconds: how many, and the time they took.
async function repeat(step, seconds) {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < seconds * 1000) {
    await step();
    count++;
  }
  return { count, elapsed: (performance.now() - start) / 1000 };
}

// prepare returns the warmed-up step of a request in one mode.
async function prepare(request, mode) {
  const batches = await inputs(request);
  const model = await session(request.model, request.task, mode.intraOpThreads);
  const fetches = mode.reuseOutput ? await model.run({ x: batches[0] }) : ["y"];
  let at = 0;
  const step = () => model.run({ x: batches[at++ % batches.length] }, fetches);
  await repeat(step, WARM_UP);
  return { mode, step, rate: 0 };
}

function modes() {
  const counts = threads > 1 ? [threads, 1] : [1];
  return counts.flatMap((n) => [false, true].map((reuseOutput) => ({ intraOpThreads: n, reuseOutput })));
}

// fastest returns the mode with the best of TRIALS alternating trials.
async function fastest(request) {
  const ways = [];
  for (const mode of request.mode ? [request.mode] : modes()) ways.push(await prepare(request, mode));
  for (let trial = 0; trial < TRIALS; trial++) {
    for (const way of ways) {
      const { count, elapsed } = await repeat(way.step, TRIAL);
      way.rate = Math.max(way.rate, count / elapsed);
    }
  }
  return ways.reduce((a, b) => (b.rate > a.rate ? b : a));
}

const ready = new Map();

async function run(request) {
  if (!tasks.includes(request.task)) throw new Error(`unsupported task ${request.task}`);
  const key = `${request.model} ${request.task} ${request.batch} ${JSON.stringify(request.mode)}`;
  if (!ready.has(key)) ready.set(key, await fastest(request));
  const { mode, step } = ready.get(key);
  const { count, elapsed } = await repeat(step, request.seconds);
  return { ...request, mode, seconds: elapsed, images_per_s: (count * request.batch) / elapsed };
}

const tasks = ["infer", "encode", "decode"];
const same = { peer: "onnxruntime", version, threads };
const say = (line) => process.stdout.write(JSON.stringify({ ...same, ...line }) + "\n");

say({ tasks });
for await (const line of createInterface({ input: process.stdin })) {
  let result;
  try {
    result = await run(JSON.parse(line));
  } catch (e) {
    result = { error: String(e) };
  }
  say({ ...result, peak_bytes: process.resourceUsage().maxRSS * 1024 });
}
