// The network, in a thread of its own so that the page stays quick. It answers one message at a time, in
// the order in which they come: { id, kind, ... } is answered by { id, answer } or { id, error }. Each
// answer says `by` whom the questions are answered: 'wasm' or 'webgpu'.
import { deviceOf } from './gpu_card.js';
import { gpuNetwork } from './gpu_network.js';
import { inOrder } from './in_order.js';
import { DECODED, ENCODED, MASKS } from './layers.js';
import { stripPixels } from './mask_strip.js';
import { pixelsOf } from './pictures.js';
import { posePair } from './pose_maps.js';
import { twoNetworks } from './two_networks.js';
import { wasmNetwork } from './wasm_network.js';

let network; // { run, size, sigma, limits } and what two_networks.js has besides

// The runtime and the kernels are texts, the rest are ArrayBuffers; `location` is what the graphs call the
// weights' file.
async function start({ runtime, wasm, weights, location, graphs, kernels, size, sigma, limits }) {
  async function makeCard() {
    const device = await deviceOf();
    return device && gpuNetwork({ device, kernels, weights, size, inTurn });
  }
  const first = await wasmNetwork({ runtime, wasm, weights, location, graphs });
  network = { ...twoNetworks({ wasm: first, makeCard, size, sigma, inTurn }), size, sigma, limits };
  asked = performance.now(); // the first question comes soon
  return {};
}

async function encode({ picture, stages }) {
  const image = { data: picture, dims: [3, ...network.size] };
  const found = await network.run('encode', { image }, stages ? ENCODED : ['features']);
  return { features: found.at(-1), stages: found };
}

async function masks({ source, target }) {
  const { size, sigma, limits } = network;
  const maps = { data: posePair(source, target, size, sigma), dims: [36, ...size] };
  const arrays = await network.run('masks', { maps }, MASKS);
  const { pixels, width, height, limits: bounds } = stripPixels(arrays, limits);
  return { arrays, strip: await createImageBitmap(new ImageData(pixels, width, height)), limits: bounds };
}

async function decode({ features, arrays, stages }) {
  const inputs = { features };
  MASKS.forEach((name, i) => {
    inputs[name] = arrays[i];
  });
  const [made, ...found] = await network.run('decode', inputs, ['picture', ...(stages ? DECODED : [])]);
  const [height, width] = network.size;
  const bitmap = await createImageBitmap(new ImageData(pixelsOf(made.data), width, height));
  return { picture: made.data, bitmap, ...(stages ? { stages: found } : {}) };
}

const about = async () => network.about();
const use = async ({ name }) => network.use(name);
const compare = async (options) => network.compare(options);

const ANSWERS = { start, encode, masks, decode, about };
const MEANWHILE = { use, compare }; // these take long, and let others go first between any two of their parts
const CALM = 300; // milliseconds without a question
const PATIENCE = 2000; // for so long a part waits for calm
const next = inOrder();
let asked = 0; // when the last question came

// A part of the work that nobody waits for.
async function inTurn(act) {
  const begin = performance.now();
  const isBusy = (now) => now - asked < CALM && now - begin < PATIENCE;
  while (isBusy(performance.now())) await new Promise((resolve) => setTimeout(resolve, 50));
  return next(act);
}

async function answer(act, { id, kind, ...question }) {
  try {
    const found = await act(question);
    const bitmaps = [found.strip, found.bitmap].filter(Boolean);
    self.postMessage({ id, answer: { ...found, by: network.about().by } }, bitmaps);
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
}

self.onmessage = ({ data }) => {
  const act = ANSWERS[data.kind];
  if (!act) return answer(MEANWHILE[data.kind], data);
  asked = performance.now();
  return next(() => answer(act, data));
};
