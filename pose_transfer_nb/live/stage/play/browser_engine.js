// The network in this browser tab as an engine (engine.js). It says more than a view must know: the numbers
// of features and masks, so that a page may change them before it hands them back.
import { imageAt } from '../bitmaps.js';
import { loadParts } from './parts.js';
import { readPicture } from './pictures.js';

const NEEDED = ['runtime', 'wasm', 'kernels', 'encode', 'masks', 'decode', 'weights'];

// Resolves when the network answers; throws an Error that a reader understands.
//
//   encode(picture)         -> { data, dims }: features of a picture; that is floats, what drawImage takes,
//                              or an address
//   encodeStages(picture)   -> [{ name, data, dims }]: features after each stage, finest first
//   masks(source, target)   -> { arrays: [{ name, data, dims }], strip, limits }
//   decode(features, masks) -> { picture: floats, bitmap }; with { stages: true } as a third argument also
//                              `stages`: features after each stage, coarsest first
//   close()                 -> ends the thread; questions under way fail
//   kind                       who gave the newest answer: 'wasm', or 'webgpu', the graphics card
//   compare()               -> measures both; a graphics card that agrees and is faster answers from then on
//   use(name)               -> from then on 'wasm' or 'webgpu' answers; with 'auto' whom `compare` has found
//   about()                 -> { by, wanted, why, times, apart, failed }; the two above give it, too
//
// All numbers are Float32Array; dims are [channels, height, width]; masks come coarsest first.
export async function browserEngine({
  parts, // see parts.js; and `worker`, a script's text, and `location`, the weights' name in the graphs
  size, // [height, width]
  sigma = null, // of the pose maps; null: one pixel a joint
  limits = null, // of the masks' colours: four times [low, high]; null: each mask's own
  onProgress = () => {}, // called with { loaded, total } in bytes, and at last with { starting: true } too
}) {
  if (typeof WebAssembly !== 'object')
    throw new Error('this browser cannot run the network: it lacks WebAssembly');
  const { runtime, wasm, weights, kernels, ...graphs } = await loadParts(parts, NEEDED, onProgress);
  onProgress({ loaded: 1, total: 1, starting: true });
  const thread = threadOf(parts.worker);
  let kind = 'wasm';
  const ask = async (...question) => {
    const answer = await thread.ask(...question);
    kind = answer.by;
    return answer;
  };
  const { location } = parts;
  const text = new TextDecoder().decode(kernels);
  await ask('start', { runtime, wasm, weights, graphs, kernels: text, location, size, sigma, limits });

  const floats = async (picture) => {
    if (picture instanceof Float32Array) return picture;
    return readPicture(typeof picture === 'string' ? await imageAt(picture) : picture, size);
  };
  return {
    async encode(picture) {
      return (await ask('encode', { picture: await floats(picture) })).features;
    },

    async encodeStages(picture) {
      return (await ask('encode', { picture: await floats(picture), stages: true })).stages;
    },

    async masks(source, target) {
      return ask('masks', { source, target });
    },

    async decode(features, masks, { stages = false } = {}) {
      return ask('decode', { features, arrays: masks.arrays, stages });
    },

    get kind() {
      return kind;
    },
    compare: (options = {}) => ask('compare', options),
    use: (name) => ask('use', { name }),
    about: () => ask('about', {}),
    close: thread.close,
  };
}

// The same engine for a view that draws what `decode` gives.
export function drawnEngine(engine) {
  const decode = async (features, masks) => (await engine.decode(features, masks)).bitmap;
  return { ...engine, decode };
}

// The thread in which a script runs; `ask` sends it a question, and resolves with the answer. The script is
// no module: on a page from a file, Chromium does not start a thread with a module.
export function threadOf(script) {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(address);
  const open = new Map(); // number of a question: what to do with its answer
  let count = 0;
  let over = null; // why no question is answered any longer

  const end = (why) => {
    over = new Error(why);
    for (const { reject } of open.values()) reject(over);
    open.clear();
  };
  worker.onmessage = ({ data: { id, answer, error } }) => {
    const { resolve, reject } = open.get(id) ?? {};
    open.delete(id);
    if (error) reject?.(new Error(error));
    else resolve?.(answer);
  };
  worker.onerror = ({ message }) => end(`the network has stopped: ${message ?? 'no reason given'}`);

  return {
    ask(kind, question) {
      if (over) return Promise.reject(over);
      const id = ++count;
      return new Promise((resolve, reject) => {
        open.set(id, { resolve, reject });
        worker.postMessage({ id, kind, ...question });
      });
    },

    close() {
      worker.terminate();
      URL.revokeObjectURL(address);
      end('the network was closed');
    },
  };
}
