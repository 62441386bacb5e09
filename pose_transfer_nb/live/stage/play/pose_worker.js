// BlazePose, in a thread of its own: where are the landmarks of the person in a picture of 256 x 256 pixels?
// { id, kind, ... } is answered by { id, answer } or { id, error }, as in worker.js.

const SIDE = 256;
let found; // { Tensor, model }

// `core`, `utils` and `glue` are texts of scripts; `wasm` and `landmarks` are ArrayBuffers.
async function start({ core, utils, glue, wasm, landmarks }) {
  // The runtime tells the console of all that it looks for and does not need; what fails is thrown anyway.
  console.warn = () => {};
  console.error = () => {};
  // Only WebAssembly is wanted, so no graphics card is looked for.
  Object.defineProperty(self.navigator, 'gpu', { value: undefined, configurable: true });
  self.Module = { wasmBinary: new Uint8Array(wasm), locateFile: (name) => name };
  const { loadLiteRt, loadAndCompile, Tensor } = await import(scriptAddress(joined(core, utils)));
  await loadLiteRt(`${scriptAddress(glue)}#.js`); // it must end so
  found = { Tensor, model: await loadAndCompile(new Uint8Array(landmarks), { accelerator: 'wasm' }) };
  return {};
}

// The one import of the runtime becomes the text that it imports.
function joined(core, utils) {
  const line = /^import \{ createWasmLib \} from "@litertjs\/wasm-utils";$/m;
  if (!line.test(core)) throw new Error('the runtime of the camera is another one than this page knows');
  return `${utils.replace(/^export \{[^}]*\};$/m, '')}\n${core.replace(line, '')}`;
}

function scriptAddress(text) {
  return URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
}

// `pixels`: RGBA bytes. The answer: 5 numbers for each landmark, and the chance that there is a person.
async function find({ pixels }) {
  const input = new Float32Array(3 * SIDE * SIDE);
  for (let i = 0, k = 0; k < pixels.length; k++) if (k % 4 < 3) input[i++] = pixels[k] / 255;
  const tensor = new found.Tensor(input, [1, SIDE, SIDE, 3]);
  const outputs = await found.model.run([tensor]);
  const [numbers, presence] = outputs.slice(0, 2).map((output) => output.toTypedArray().slice());
  for (const used of [tensor, ...outputs]) used.delete();
  return { numbers, presence: presence[0] };
}

const ANSWERS = { start, find };

self.onmessage = async ({ data: { id, kind, ...question } }) => {
  try {
    self.postMessage({ id, answer: await ANSWERS[kind](question) });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};
