// Weights as the kernels want them. Channels lie in fours, so a convolution's weights are matrices of 4x4:
// for each tap four channels that go in, times the matrix, are a share of four channels that come out.
import { floatsIn } from './safetensors.js';

const EPSILON = 1e-5; // of BatchNorm, as PyTorch has it

// How many fours hold so many channels.
export const foursOf = (channels) => Math.ceil(channels / 4);

// In evaluation BatchNorm is a factor and a summand for each channel: { scale, shift }.
export function normOf(tensors, name) {
  const part = (what) => floatsIn(tensors[`${name}.${what}`]);
  const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(part);
  const scale = Float64Array.from(weight, (w, c) => w / Math.sqrt(variance[c] + EPSILON));
  return { scale, shift: Float64Array.from(bias, (b, c) => b - mean[c] * scale[c]) };
}

// The weights and the summands of one layer { weights, shifts }; the norm's factor goes into the weights.
export function folded(
  tensors, // of tensorsOf (safetensors.js)
  { weight, norm, way }, // a step of layers.js
) {
  const { shape } = tensors[weight];
  const channels = shape[way === 'double' ? 1 : 0];
  const { scale, shift } = norm ? normOf(tensors, norm) : plain(channels);
  const shifts = new Float32Array(4 * foursOf(channels));
  shifts.set(shift);
  const numbers = floatsIn(tensors[weight]);
  const weights = way === 'double' ? doubling(numbers, shape, scale) : packed(numbers, shape, scale);
  return { weights, shifts };
}

function plain(channels) {
  return { scale: new Float64Array(channels).fill(1), shift: new Float64Array(channels) };
}

// Weights (out, in, k, k) as matrices, in this order: four out, four in, row, column; columns of a matrix are
// the channels that go in. Channels that fill a four up have zeros.
export function packed(numbers, [outs, ins, k], scale) {
  const taps = k * k;
  const fours = foursOf(ins);
  const made = new Float32Array(16 * foursOf(outs) * fours * taps);
  let from = 0;
  for (let out = 0; out < outs; out++) {
    for (let into = 0; into < ins; into++) {
      const matrix = ((out >> 2) * fours + (into >> 2)) * taps;
      const place = 4 * (into & 3) + (out & 3);
      for (let tap = 0; tap < taps; tap++) made[16 * (matrix + tap) + place] = numbers[from++] * scale[out];
    }
  }
  return made;
}

// A transposed convolution of 4x4 and stride 2 is four small ones of 2x2: results in even rows see other
// taps than those in odd rows, and so do columns. Even: taps 3 and 1; odd: taps 2 and 0. The four come one
// after the other: even row and even column, even and odd, odd and even, odd and odd.
function doubling(numbers, [ins, outs], scale) {
  const parts = [0, 1, 2, 3].map((part) => {
    const small = new Float32Array(outs * ins * 4);
    let at = 0;
    for (let out = 0; out < outs; out++)
      for (let into = 0; into < ins; into++)
        for (let tap = 0; tap < 4; tap++) {
          const row = 3 - (part >> 1) - 2 * (tap >> 1);
          const column = 3 - (part & 1) - 2 * (tap & 1);
          small[at++] = numbers[((into * outs + out) * 4 + row) * 4 + column];
        }
    return packed(small, [outs, ins, 2], scale);
  });
  const made = new Float32Array(4 * parts[0].length);
  for (const [i, part] of parts.entries()) made.set(part, i * part.length);
  return made;
}
