// The network, in a thread of its own so that the page stays quick. It answers one message at a time, in the
// order in which they come: { id, kind, ... } is answered by { id, answer } or { id, error }.
import { stripPixels } from './mask_strip.js';
import { pixelsOf } from './pictures.js';
import { posePair } from './pose_maps.js';

const SESSIONS = ['encode', 'masks', 'decode'];
const MASKS = ['mask1', 'mask2', 'mask3', 'mask4']; // coarsest first
const ENCODED = ['stem', 'down1', 'down2', 'down3', 'features']; // finest first
const DECODED = ['up1', 'up2', 'up3', 'up4', 'refined']; // coarsest first

let network; // { ort, sessions, size, sigma, limits }

// The runtime is text, the rest are ArrayBuffers; `location` is what the graphs call the weights' file.
async function start({ runtime, wasm, weights, location, graphs, size, sigma, limits }) {
  const address = URL.createObjectURL(new Blob([runtime], { type: 'text/javascript' }));
  const ort = await import(address);
  URL.revokeObjectURL(address);
  Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: wasm });
  const externalData = [{ path: location, data: new Uint8Array(weights) }];
  const options = { executionProviders: ['wasm'], externalData, logSeverityLevel: 3 };
  const sessions = {};
  for (const name of SESSIONS)
    sessions[name] = await ort.InferenceSession.create(new Uint8Array(graphs[name]), options);
  network = { ort, sessions, size, sigma, limits };
  return {};
}

// Some outputs of a graph, each as { name, data, dims: [channels, height, width] }.
async function run(session, inputs, names) {
  const { ort, sessions } = network;
  const feeds = {};
  for (const [name, { data, dims }] of Object.entries(inputs))
    feeds[name] = new ort.Tensor('float32', data, [1, ...dims]);
  const outputs = await sessions[session].run(feeds, names);
  return names.map((name) => ({ name, data: outputs[name].data, dims: outputs[name].dims.slice(1) }));
}

async function encode({ picture, stages }) {
  const image = { data: picture, dims: [3, ...network.size] };
  const found = await run('encode', { image }, stages ? ENCODED : ['features']);
  return { features: found.at(-1), stages: found };
}

async function masks({ source, target }) {
  const { size, sigma, limits } = network;
  const maps = { data: posePair(source, target, size, sigma), dims: [36, ...size] };
  const arrays = await run('masks', { maps }, MASKS);
  const { pixels, width, height, limits: bounds } = stripPixels(arrays, limits);
  return { arrays, strip: await createImageBitmap(new ImageData(pixels, width, height)), limits: bounds };
}

async function decode({ features, arrays, stages }) {
  const inputs = { features };
  MASKS.forEach((name, i) => {
    inputs[name] = arrays[i];
  });
  const [made, ...found] = await run('decode', inputs, ['picture', ...(stages ? DECODED : [])]);
  const [height, width] = network.size;
  const bitmap = await createImageBitmap(new ImageData(pixelsOf(made.data), width, height));
  return { picture: made.data, bitmap, ...(stages ? { stages: found } : {}) };
}

const ANSWERS = { start, encode, masks, decode };
let last = Promise.resolve();

async function answer({ id, kind, ...question }) {
  try {
    const found = await ANSWERS[kind](question);
    const bitmaps = [found.strip, found.bitmap].filter(Boolean);
    self.postMessage({ id, answer: found }, bitmaps);
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
}

self.onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};
