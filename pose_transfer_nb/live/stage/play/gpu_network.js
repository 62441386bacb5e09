// The network on the graphics card, by WebGPU. It answers as the one in WebAssembly does (wasm_network.js):
// `run(question, inputs, names)`. Between the layers of a question nothing leaves the card.
import { folded, foursOf } from './folding.js';
import { cardOf } from './gpu_card.js';
import { inOrder } from './in_order.js';
import { questionsOf, stepsFor } from './layers.js';
import { tensorsOf } from './safetensors.js';

const GROUP = 64; // invocations of a workgroup
const BUSY = 4096; // invocations that keep a card busy
const SHARED = 8; // invocations that share the channels of one block
const LEAVING = ['none', 'sigmoid', 'tanh'];
const WAYS = {
  same: { STRIDE: 1, SPREAD: 1 },
  halve: { STRIDE: 2, SPREAD: 1 },
  double: { STRIDE: 1, SPREAD: 2 },
};

// Resolves with { run, lost, close }; throws an Error where the card cannot hold or compile the network.
// `lost` is a promise of the reason for which the card answers no longer.
export async function gpuNetwork({
  device, // of gpu_card.js
  kernels, // text of kernels.wgsl
  weights, // ArrayBuffer of a .safetensors file
  size, // [height, width]
  inTurn = (act) => act(), // called with each piece of the work, so that others may come in between
}) {
  const tensors = tensorsOf(weights);
  const card = cardOf(device, kernels);
  const networks = {};
  for (const [name, question] of Object.entries(questionsOf(tensors, size)))
    networks[name] = await questionOn(card, question, tensors, inTurn);
  const next = inOrder();
  return {
    run: (question, inputs, names) => next(() => networks[question](inputs, names)),
    lost: device.lost.then(({ message }) => message),
    close: () => device.destroy(),
  };
}

// A question as a function of { name: { data } } and the names of the outputs that are wanted; it resolves
// with [{ name, data, dims }].
async function questionOn(card, question, tensors, inTurn) {
  const { dims, inputs, steps } = question;
  const rooms = {}; // where each array is on the card
  await card.watched(() => {
    for (const [name, dimsOfIt] of Object.entries(dims)) rooms[name] = card.room(4 * sizeOf(dimsOfIt));
  });
  const programs = new Map();
  for (const step of steps)
    programs.set(step, await inTurn(() => programOf(card, step, { rooms, dims, tensors })));
  const ways = new Map(); // for each list of outputs: the programs that lead to them, and where they land

  function wayTo(names) {
    const found = names.map((name) => ({ from: rooms[`${name}.out`], dims: dims[`${name}.out`] }));
    const needed = stepsFor(question, names).map((step) => programs.get(step));
    return { needed, landing: card.landing(found) };
  }

  return async (given, names) => {
    for (const name of inputs) check(given[name].data, name, dims[name]);
    const arrays = await card.watched(() => {
      const key = String(names);
      if (!ways.has(key)) ways.set(key, wayTo(names));
      for (const name of inputs) card.write(rooms[name], given[name].data);
      return card.run(ways.get(key).needed, ways.get(key).landing);
    });
    return arrays.map((data, i) => ({ name: names[i], data, dims: dims[`${names[i]}.out`] }));
  };
}

function check(data, name, [channels, height, width]) {
  const count = channels * height * width;
  if (data.length !== count) throw new Error(`${name} should be ${count} numbers, not ${data.length}`);
}

// How many numbers there are in whole fours of channels.
function sizeOf([channels, height, width]) {
  return 4 * foursOf(channels) * height * width;
}

// A step of layers.js as a program with its buffers; the numbers are those of the bindings in kernels.wgsl.
async function programOf(card, step, { rooms, dims, tensors }) {
  if (step.kind === 'convolve') return convolution(card, step, { rooms, dims, tensors });
  const pipeline = await card.pipeline(step.kind);
  const [channels, height, width] = dims[step.to];
  const cells = height * width;
  const groups = [Math.ceil(cells / GROUP), foursOf(channels), 1];
  const by = Math.max(0, LEAVING.indexOf(step.by));
  const buffers = {
    enter: { 5: rooms[step.to], 7: rooms[step.from] },
    gate: { 1: rooms[step.from], 5: rooms[step.to], 7: rooms[step.by] },
    leave: { 1: rooms[step.from], 8: rooms[step.to] },
  }[step.kind];
  return card.watched(() => {
    const settings = card.settings(channels, cells, by, 0);
    return card.bound(pipeline, { ...buffers, 6: settings }, groups);
  });
}

async function convolution(card, step, { rooms, dims, tensors }) {
  const { shape } = tensors[step.weight];
  const { constants, groups, grid } = layoutOf(step, shape, dims[step.from], dims[step.to]);
  const pipeline = await card.pipeline('convolve', constants);
  const [ins, height, width] = dims[step.from];
  const numbers = [foursOf(ins), height, width, foursOf(dims[step.to][0]), ...grid];
  const { weights, shifts } = folded(tensors, step);
  return card.watched(() =>
    card.bound(
      pipeline,
      {
        0: card.settings(...numbers, Number(step.relu), Number(step.plus !== null)),
        1: rooms[step.from],
        2: card.numbers(weights),
        3: card.numbers(shifts),
        4: rooms[step.plus ?? step.from],
        5: rooms[step.to],
      },
      groups,
    ),
  );
}

// How the work of a convolution is dealt out: the constants of its program, the workgroups, and the grid of
// cells that is computed. A layer of few cells and many channels would keep few invocations busy, so there
// several share the channels of one block of 4 x 4 results. All such layers share alike: each other number
// would be one more program to compile.
export function layoutOf({ way }, shape, [ins, height, width], [outs, heightOut, widthOut]) {
  const { STRIDE, SPREAD } = WAYS[way];
  const grid = SPREAD === 2 ? [height, width] : [heightOut, widthOut];
  const blocks = grid[0] * Math.ceil(grid[1] / 4);
  const parts = SPREAD ** 2;
  const isSmall = blocks * foursOf(outs) * parts < BUSY;
  const SHARES = isSmall && foursOf(ins) >= SHARED ? SHARED : 1;
  const KERNEL = shape[2] / SPREAD;
  const BLOCKS = GROUP / SHARES;
  const BEFORE = KERNEL === 1 ? 0 : 1;
  const constants = { KERNEL, STRIDE, BEFORE, SPREAD, SHARES, BLOCKS };
  return { constants, groups: [Math.ceil(blocks / BLOCKS), foursOf(outs), parts], grid };
}
