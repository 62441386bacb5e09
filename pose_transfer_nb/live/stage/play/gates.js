// The four gates as valves. An array here is { data: Float32Array, dims: [channels, height, width] }.
// No function here changes an array that it is given.

export const GATE_STATES = ['learned', 'open', 'average', 'shut'];

// The mask that a gate uses: the learned one, or one of the constants that take its place.
export function usedMask(mask, state) {
  if (state === 'open') return constantMask(mask, 1);
  if (state === 'shut') return constantMask(mask, 0);
  if (state === 'average') return channelMeans(mask);
  return mask;
}

function constantMask({ data, dims }, value) {
  return { data: new Float32Array(data.length).fill(value), dims };
}

// Every channel at its own mean over the cells: it still has a say in how much passes, but none in where.
export function channelMeans({ data, dims }) {
  const [channels, height, width] = dims;
  const cells = height * width;
  const means = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = 0; i < cells; i++) sum += data[c * cells + i];
    means.fill(sum / cells, c * cells, (c + 1) * cells);
  }
  return { data: means, dims };
}

// One number for each cell: the mean over the channels, or one channel.
export function cellValues({ data, dims }, channel = null) {
  const [channels, height, width] = dims;
  const cells = height * width;
  if (channel !== null) return data.subarray(channel * cells, (channel + 1) * cells);
  const values = new Float32Array(cells);
  for (let c = 0; c < channels; c++) for (let i = 0; i < cells; i++) values[i] += data[c * cells + i];
  return values.map((v) => v / channels);
}

// The number of the first gate that is shut; what comes after it knows nothing of the person. -1: none is.
export function firstShut(states) {
  return states.indexOf('shut');
}

// How many numbers differ between two lists of arrays.
export function countChanged(some, others) {
  let count = 0;
  some.forEach(({ data }, i) => {
    for (let k = 0; k < data.length; k++) if (data[k] !== others[i].data[k]) count++;
  });
  return count;
}

export function countNumbers(arrays) {
  return arrays.reduce((sum, { data }) => sum + data.length, 0);
}

// How much two lists of arrays differ, array by array: the mean absolute difference.
export function meanChanges(some, others) {
  return some.map(({ data }, i) => {
    let sum = 0;
    for (let k = 0; k < data.length; k++) sum += Math.abs(data[k] - others[i].data[k]);
    return sum / data.length;
  });
}

// `learned,open,average,shut` as `loas`, and back; null for anything else.
export function gatesText(states) {
  return states.map((state) => state[0]).join('');
}

export function gatesFrom(text) {
  const states = [...text].map((letter) => GATE_STATES.find((state) => state[0] === letter));
  return states.length === 4 && states.every(Boolean) ? states : null;
}
