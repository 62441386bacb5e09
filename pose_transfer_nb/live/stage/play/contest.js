// Which network answers from now on, that in WebAssembly or that on the graphics card? Both get the same
// questions: do they agree, and who is faster, here and now?
import { DECODED, ENCODED, MASKS } from './layers.js';
import { posePair } from './pose_maps.js';

// How far apart masks (0 to 1), pictures (-1 to 1) and features (as a share of the largest one) may be. One
// of the 256 levels of a picture is eight times as much.
export const AGREED = 1e-3;

// How many times faster the card must be. Two measurements of the same network differ by a tenth or two while
// other programs run, and a change for less than a third would not be felt.
export const MARGIN = 1.3;

// A card that needs so many times as long for the first questions is not measured any further: it is none,
// but a program that does as if, and keeps the processor busy.
const HOPELESS = 4;

const ROUNDS = 7;
const UNCOUNTED = 2; // rounds in which memory is taken and clocks go up

// { engine: 'wasm' or 'webgpu', why: 'apart', 'slower' or 'faster' }.
export function choice({ apart, times }, margin = MARGIN) {
  if (!(apart <= AGREED)) return { engine: 'wasm', why: 'apart' }; // nor if it is no number
  if (!(times.webgpu * margin < times.wasm)) return { engine: 'wasm', why: 'slower' };
  return { engine: 'webgpu', why: 'faster' };
}

// { apart, times: { wasm, webgpu } }, milliseconds that both take for the same work: masks and picture. No
// times where they disagree.
export async function contest(
  { wasm, webgpu }, // networks, each with `run`
  // inTurn(act): `act` keeps this thread busy, and is run when nobody asks anything; now(): milliseconds
  { size, sigma, inTurn, now = () => performance.now() },
) {
  const timed = (act) => timedBy(now, act);
  const inputs = madeUp(size, sigma);
  const expected = await inTurn(() => timed(() => everything(wasm, inputs)));
  const answer = await timed(() => everything(webgpu, inputs));
  const apart = apartOf(expected.found, answer.found);
  if (!(apart <= AGREED)) return { apart, times: {} };
  if (answer.ms > HOPELESS * expected.ms) return { apart, times: { wasm: expected.ms, webgpu: answer.ms } };
  const ask = (network) => timed(() => transfer(network, inputs, expected.found.features));
  const times = { wasm: [], webgpu: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.wasm.push((await inTurn(() => ask(wasm))).ms);
    await inTurn(() => {});
    times.webgpu.push((await ask(webgpu)).ms); // the card is busy, this thread is not
  }
  const medianOf = (list) => median(list.slice(UNCOUNTED));
  return { apart, times: { wasm: medianOf(times.wasm), webgpu: medianOf(times.webgpu) } };
}

// A picture of noise and two poses of joints anywhere: the same ones each time.
export function madeUp(size, sigma) {
  const random = randomFrom(1);
  const [height, width] = size;
  const image = Float32Array.from({ length: 3 * height * width }, () => 2 * random() - 1);
  const pose = () => Array.from({ length: 18 }, () => [random() * (width - 1), random() * (height - 1)]);
  return {
    image: { data: image, dims: [3, ...size] },
    maps: { data: posePair(pose(), pose(), size, sigma), dims: [36, ...size] },
  };
}

// Numbers from 0 to 1 that look like chance, the same ones for the same seed.
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

// All that the network can be asked for, by name.
async function everything(network, { image, maps }) {
  const encoded = named(await network.run('encode', { image }, ENCODED));
  const masks = named(await network.run('masks', { maps }, MASKS));
  const inputs = { features: encoded.features, ...masks };
  const decoded = named(await network.run('decode', inputs, ['picture', ...DECODED]));
  return { ...encoded, ...masks, ...decoded };
}

// What a drag asks for.
async function transfer(network, { maps }, features) {
  const masks = named(await network.run('masks', { maps }, MASKS));
  await network.run('decode', { features, ...masks }, ['picture']);
}

const named = (arrays) => Object.fromEntries(arrays.map((array) => [array.name, array]));

async function timedBy(now, act) {
  const begin = now();
  const found = await act();
  return { found, ms: now() - begin };
}

// The largest difference between two lists of arrays, as a share of the array's largest number where that is
// more than 1.
export function apartOf(some, others) {
  let apart = 0;
  for (const [name, { data }] of Object.entries(some)) {
    const other = others[name].data;
    let largest = 1;
    let far = 0;
    for (let i = 0; i < data.length; i++) {
      largest = Math.max(largest, Math.abs(data[i]));
      far = Math.max(far, Math.abs(data[i] - other[i])); // not a number if one of them is none
    }
    apart = Math.max(apart, far / largest);
  }
  return apart;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
