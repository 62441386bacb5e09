// The network on the graphics card, as far as it needs no card: reading weights, folding BatchNorm, the
// list of layers, how the work is dealt out, and who answers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addressFrom, addressText } from '../../pose_transfer_nb/live/stage/play/address.js';
import {
  AGREED,
  apartOf,
  choice,
  contest,
  madeUp,
  median,
} from '../../pose_transfer_nb/live/stage/play/contest.js';
import { engineText } from '../../pose_transfer_nb/live/stage/play/engine_line.js';
import { folded, normOf, packed } from '../../pose_transfer_nb/live/stage/play/folding.js';
import { layoutOf } from '../../pose_transfer_nb/live/stage/play/gpu_network.js';
import { inOrder } from '../../pose_transfer_nb/live/stage/play/in_order.js';
import { questionsOf, stepsFor } from '../../pose_transfer_nb/live/stage/play/layers.js';
import { floatsIn, fromHalf, tensorsOf } from '../../pose_transfer_nb/live/stage/play/safetensors.js';
import { twoNetworks } from '../../pose_transfer_nb/live/stage/play/two_networks.js';

const ROOT = new URL('../../pose_transfer_nb/', import.meta.url);
const SIZE = [128, 96];

function fileOf(path) {
  const bytes = readFileSync(new URL(path, ROOT));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

const shipped = tensorsOf(fileOf('assets/mannequins_128x96.safetensors'));

// safetensors

function written(entries) {
  const table = {};
  let end = 0;
  for (const [name, [dtype, shape, numbers]] of Object.entries(entries)) {
    table[name] = { dtype, shape, data_offsets: [end, end + numbers.byteLength] };
    end += numbers.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: { by: 'a test' }, ...table }));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  for (const [name, [, , numbers]] of Object.entries(entries))
    bytes.set(new Uint8Array(numbers.buffer), 8 + text.length + table[name].data_offsets[0]);
  return bytes.buffer;
}

test('numbers of half precision', () => {
  const pairs = [
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7c00, Number.POSITIVE_INFINITY],
  ];
  for (const [bits, number] of pairs) assert.equal(fromHalf(bits), number);
  assert.ok(Number.isNaN(fromHalf(0x7e00)));
});

test('tensors are read wherever they begin', () => {
  const file = written({
    half: ['F16', [3], Uint16Array.of(0x3c00, 0xc000, 0)],
    single: ['F32', [1, 2], Float32Array.of(0.5, -3)], // begins at no multiple of four
    count: ['I64', [], BigInt64Array.of(7n)],
  });
  const tensors = tensorsOf(file);
  assert.deepEqual(Object.keys(tensors), ['half', 'single', 'count']);
  assert.deepEqual([...floatsIn(tensors.half)], [1, -2, 0]);
  assert.deepEqual([...floatsIn(tensors.single)], [0.5, -3]);
  assert.deepEqual(tensors.single.shape, [1, 2]);
  assert.throws(() => floatsIn(tensors.count), /type I64/);
});

test('what is no such file is refused', () => {
  for (const bytes of [[], [1, 2, 3], [255, 255, 255, 255, 255, 255, 255, 255], [9, 0, 0, 0, 0, 0, 0, 0, 1]])
    assert.throws(() => tensorsOf(Uint8Array.from(bytes).buffer), /no safetensors/);
});

// folding

const near = (a, b, far = 1e-5) =>
  assert.ok(Math.abs(a - b) <= far * Math.max(1, Math.abs(b)), `${a}, not ${b}`);

function tensor(shape, numbers) {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(numbers).buffer) };
}

test('BatchNorm becomes a factor and a summand', () => {
  const parts = { weight: [2, 1], bias: [1, 0], running_mean: [3, -1], running_var: [4, 0.25] };
  const tensors = Object.fromEntries(
    Object.entries(parts).map(([name, numbers]) => [`n.${name}`, tensor([2], numbers)]),
  );
  const { scale, shift } = normOf(tensors, 'n');
  const x = 0.7;
  near(x * scale[0] + shift[0], (2 * (x - 3)) / Math.sqrt(4 + 1e-5) + 1);
  near(x * scale[1] + shift[1], (x + 1) / Math.sqrt(0.25 + 1e-5));
});

// A convolution with packed weights, as the kernel does it: { at(channel, row, column) } of what comes out.
function convolved(weights, input, [ins, height, width], { kernel, before, outs }) {
  const fours = Math.ceil(ins / 4);
  return (out, row, column) => {
    let sum = 0;
    for (let into = 0; into < ins; into++)
      for (let y = 0; y < kernel; y++)
        for (let x = 0; x < kernel; x++) {
          const [r, c] = [row + y - before[0], column + x - before[1]];
          if (r < 0 || c < 0 || r >= height || c >= width || out >= outs) continue;
          const matrix = (((out >> 2) * fours + (into >> 2)) * kernel + y) * kernel + x;
          sum += weights[16 * matrix + 4 * (into & 3) + (out & 3)] * input[(into * height + r) * width + c];
        }
    return sum;
  };
}

const counted = (n, step = 0.37) => Float32Array.from({ length: n }, (_, i) => Math.sin(step * i + 1));

test('weights lie in matrices, and channels that fill a four up have zeros', () => {
  const weights = packed(counted(5 * 3), [5, 3, 1], Float64Array.of(1, 1, 1, 1, 2));
  assert.equal(weights.length, 16 * 2); // two fours out, one in
  near(weights[16 + 4 * 2], 2 * Math.sin(0.37 * 14 + 1)); // out 4, into 2
  assert.equal(weights[16 + 1], 0); // there is no channel 5
  assert.equal(weights[4 * 3], 0); // and none goes in as number 3
});

test('a transposed convolution is four small ones', () => {
  const [ins, outs, height, width] = [3, 2, 3, 4];
  const numbers = counted(ins * outs * 16);
  const input = counted(ins * height * width, 0.91);
  const tensors = { w: tensor([ins, outs, 4, 4], numbers) };
  const { weights, shifts } = folded(tensors, { weight: 'w', norm: null, way: 'double' });
  assert.deepEqual([...shifts], [0, 0, 0, 0]);
  const expected = new Float64Array(outs * 4 * height * width); // as it is defined: each input is spread
  for (let into = 0; into < ins; into++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let tap = 0; tap < 16; tap++) {
          const [r, c] = [2 * row - 1 + (tap >> 2), 2 * column - 1 + (tap & 3)];
          if (r < 0 || c < 0 || r >= 2 * height || c >= 2 * width) continue;
          for (let out = 0; out < outs; out++)
            expected[(out * 2 * height + r) * 2 * width + c] +=
              input[(into * height + row) * width + column] * numbers[(into * outs + out) * 16 + tap];
        }
  const each = weights.length / 4;
  for (let out = 0; out < outs; out++)
    for (let r = 0; r < 2 * height; r++)
      for (let c = 0; c < 2 * width; c++) {
        const odd = [r % 2, c % 2];
        const part = weights.subarray((2 * odd[0] + odd[1]) * each);
        const before = odd.map((k) => 1 - k);
        const at = convolved(part, input, [ins, height, width], { kernel: 2, before, outs });
        near(at(out, r >> 1, c >> 1), expected[(out * 2 * height + r) * 2 * width + c]);
      }
});

// layers

test('the layers of the shipped weights, with their shapes', () => {
  const { encode, masks, decode } = questionsOf(shipped, SIZE);
  const convolutions = ({ steps }) => steps.filter(({ kind }) => kind === 'convolve').length;
  assert.deepEqual([encode, masks, decode].map(convolutions), [13, 13, 21]);
  assert.deepEqual(encode.outputs, ['stem', 'down1', 'down2', 'down3', 'features']);
  assert.deepEqual(encode.dims['features.out'], [256, 8, 6]);
  assert.deepEqual(masks.dims['mask1.out'], [256, 8, 6]);
  assert.deepEqual(masks.dims['mask4.out'], [32, 64, 48]);
  assert.deepEqual(decode.inputs, ['features', 'mask1', 'mask2', 'mask3', 'mask4']);
  assert.deepEqual(decode.dims['picture.out'], [3, 128, 96]);
  const used = new Set([encode, masks, decode].flatMap(({ steps }) => steps.map(({ weight }) => weight)));
  const stored = Object.keys(shipped).filter((name) => /(conv\d?|to_rgb)\.weight$/.test(name));
  assert.deepEqual(
    stored.filter((name) => !used.has(name)),
    [],
  ); // no layer is left out
});

test('only those layers are computed that lead to what is asked for', () => {
  const { encode, decode } = questionsOf(shipped, SIZE);
  assert.equal(stepsFor(encode, ['down1']).filter(({ kind }) => kind === 'convolve').length, 4);
  const steps = stepsFor(decode, ['picture']);
  assert.deepEqual(
    steps.filter(({ kind }) => kind === 'leave').map(({ to }) => to),
    ['picture.out'],
  );
  assert.equal(steps.filter(({ kind }) => kind === 'gate').length, 4);
});

test('weights without a layer are refused by its name', () => {
  const { 'decoder.to_rgb.weight': _, ...others } = shipped;
  assert.throws(() => questionsOf(others, SIZE), /lack decoder.to_rgb.weight/);
});

test('each result of a layer is computed by one block, and small layers share their channels', () => {
  const { steps, dims } = questionsOf(shipped, SIZE).decode;
  for (const step of steps.filter(({ kind }) => kind === 'convolve')) {
    const { shape } = shipped[step.weight];
    const { constants, groups, grid } = layoutOf(step, shape, dims[step.from], dims[step.to]);
    const { SPREAD, BLOCKS, SHARES } = constants;
    const [channels, height, width] = dims[step.to];
    assert.deepEqual(
      grid.map((side) => side * SPREAD),
      [height, width],
    );
    assert.equal(BLOCKS * SHARES, 64);
    assert.ok(groups[0] * BLOCKS >= grid[0] * Math.ceil(grid[1] / 4));
    assert.deepEqual(groups.slice(1), [Math.ceil(channels / 4), SPREAD ** 2]);
    assert.equal(SHARES > 1, height <= 32, step.to);
  }
});

// the contest

test('the card answers if it agrees and is faster by a margin', () => {
  const of = (apart, wasm, webgpu, margin) => choice({ apart, times: { wasm, webgpu } }, margin);
  assert.deepEqual(of(1e-6, 100, 20), { engine: 'webgpu', why: 'faster' });
  assert.deepEqual(of(1e-6, 100, 90), { engine: 'wasm', why: 'slower' }); // faster, but not by enough
  assert.deepEqual(of(1e-6, 100, 900), { engine: 'wasm', why: 'slower' });
  assert.deepEqual(of(2 * AGREED, 100, 1), { engine: 'wasm', why: 'apart' });
  assert.deepEqual(of(Number.NaN, 100, 1), { engine: 'wasm', why: 'apart' });
  assert.deepEqual(of(1e-6, 100, 900, 0), { engine: 'webgpu', why: 'faster' });
  assert.equal(choice({ apart: 0, times: {} }).why, 'slower');
});

test('how far two answers are apart', () => {
  const one = { a: { data: Float32Array.of(0, 0.5) }, b: { data: Float32Array.of(-200, 1) } };
  const other = { a: { data: Float32Array.of(0.25, 0.5) }, b: { data: Float32Array.of(-200, 2) } };
  assert.equal(apartOf(one, other), 0.25); // the difference in b is a small share of 200
  assert.equal(apartOf(one, one), 0);
  assert.ok(Number.isNaN(apartOf(one, { ...one, a: { data: Float32Array.of(Number.NaN, 0) } })));
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test('the questions of the contest are the same ones each time', () => {
  const [one, two] = [madeUp([32, 16], 2), madeUp([32, 16], 2)];
  assert.deepEqual(one, two);
  assert.ok(one.image.data.some((v) => v < -0.9) && one.image.data.some((v) => v > 0.9));
  assert.equal(one.maps.data.length, 36 * 32 * 16);
  assert.ok(one.maps.data.some((v) => v > 0.5));
});

// A network that gives `value` for everything, counts what it is asked, and takes so long by this clock.
const clock = { ms: 0 };

function network(value, { takes = 10, fails = () => false, lost = new Promise(() => {}) } = {}) {
  const me = {
    asked: 0,
    closed: 0,
    lost,
    close: () => {
      me.closed += 1;
    },
    async run(question, _inputs, names) {
      me.asked += 1;
      clock.ms += takes;
      if (question === 'wrong' || fails()) throw new Error(`cannot ${question}`);
      return names.map((name) => ({ name, data: Float32Array.of(value), dims: [1, 1, 1] }));
    },
  };
  return me;
}

const CONTEST = { size: [16, 16], sigma: 2, inTurn: async (act) => act(), now: () => clock.ms };

function pair(card, wasm = network(1)) {
  const made = [];
  const makeCard = async () => {
    made.push(card);
    if (card instanceof Error) throw card;
    return card;
  };
  return { two: twoNetworks({ wasm, makeCard, ...CONTEST }), made, wasm };
}

test('a card that gives other numbers is refused, and gives back its memory', async () => {
  const card = network(1.5);
  const { two } = pair(card);
  assert.equal(two.about().why, 'untried');
  const { by, why, apart } = await two.compare({ margin: 0 });
  assert.deepEqual([by, why, apart, card.closed], ['wasm', 'apart', 0.5, 1]);
});

test('one that agrees is measured', async () => {
  const slow = network(1, { takes: 9 });
  const { by, why, times } = await pair(slow).two.compare({});
  assert.deepEqual([by, why, times, slow.closed], ['wasm', 'slower', { wasm: 20, webgpu: 18 }, 1]);
  const quick = network(1, { takes: 2 });
  const { two } = pair(quick);
  assert.deepEqual(await two.compare({}), {
    ...{ by: 'webgpu', wanted: 'auto', engine: 'webgpu', why: 'faster' },
    ...{ apart: 0, times: { wasm: 20, webgpu: 4 } },
  });
  const before = quick.asked;
  await two.run('masks', {}, ['mask1']);
  assert.deepEqual([quick.asked, quick.closed], [before + 1, 0]);
});

test('who is slow by far is not measured to the end', async () => {
  const slow = network(1, { takes: 500 });
  const { times } = await contest({ wasm: network(1), webgpu: slow }, CONTEST);
  assert.deepEqual(times, { wasm: 30, webgpu: 1500 });
  assert.equal(slow.asked, 3);
});

test('where there is no card, or it cannot be used, WebAssembly answers', async () => {
  const { two, made } = pair(null);
  assert.equal((await two.compare({})).why, 'none');
  assert.equal((await two.use('webgpu')).by, 'wasm');
  assert.equal((await two.run('masks', {}, ['mask1']))[0].data[0], 1);
  assert.equal(made.length, 1);
  const { by, why, failed } = await pair(new Error('no memory')).two.use('webgpu');
  assert.deepEqual([by, why, failed], ['wasm', 'failed', 'no memory']);
});

test('a choice by hand overrules the contest', async () => {
  const card = network(2);
  const { two } = pair(card);
  await two.use('webgpu');
  assert.equal((await two.run('masks', {}, ['mask1']))[0].data[0], 2);
  await two.compare({}); // they disagree, but somebody wants it
  assert.equal(two.about().by, 'webgpu');
  await two.use('wasm');
  assert.equal((await two.run('masks', {}, ['mask1']))[0].data[0], 1);
  await assert.rejects(two.use('other'), /auto, wasm, webgpu/);
});

test('a question that the card fails is answered, and the card is not asked again', async () => {
  let broken = false;
  const card = network(2, { fails: () => broken });
  const { two, made } = pair(card);
  await two.use('webgpu');
  await assert.rejects(two.run('wrong', {}, []), /cannot wrong/); // the question's fault: the card stays
  assert.equal(two.about().by, 'webgpu');
  broken = true;
  assert.equal((await two.run('masks', {}, ['mask1']))[0].data[0], 1);
  const { by, why, failed } = two.about();
  assert.deepEqual([by, why, failed], ['wasm', 'failed', 'cannot masks']);
  broken = false;
  assert.equal((await two.use('webgpu')).by, 'wasm');
  assert.equal(made.length, 1);
});

test('a card that is lost between two questions is not asked again', async () => {
  let lose;
  const lost = new Promise((resolve) => {
    lose = resolve;
  });
  const { two } = pair(network(2, { lost }));
  await two.use('webgpu');
  lose('it was pulled out');
  await lost;
  assert.equal(two.about().failed, 'it was pulled out');
  assert.equal((await two.run('masks', {}, ['mask1']))[0].data[0], 1);
});

test('acts wait for each other, and one that fails stops nobody', async () => {
  const next = inOrder();
  const done = [];
  const act = (name, ms) => async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    done.push(name);
    if (name === 'b') throw new Error('b');
  };
  const all = await Promise.allSettled([next(act('a', 20)), next(act('b', 5)), next(act('c', 0))]);
  assert.deepEqual(done, ['a', 'b', 'c']);
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

// words and address

test('who computes, in words', () => {
  const t = (key, values = {}) => [key, ...Object.values(values)].join(':');
  const times = { wasm: 95.6, webgpu: 8.25 };
  assert.equal(
    engineText({ by: 'webgpu', wanted: 'auto', why: 'faster', times }, t),
    'engine.webgpu engine.times:96:8.3',
  );
  assert.equal(
    engineText({ by: 'wasm', wanted: 'auto', why: 'apart', times: {}, apart: 0.512 }, t),
    'engine.wasm engine.apart:0.5:',
  );
  assert.equal(engineText({ by: 'wasm', wanted: 'wasm', why: 'untried' }, t), 'engine.wasm engine.chosen');
  assert.equal(
    engineText({ by: 'wasm', wanted: 'auto', why: 'untried' }, t),
    'engine.wasm engine.untried:0:',
  );
});

test('the address can choose, and keeps the choice', () => {
  assert.equal(addressText({ person: 3, engine: 'webgpu' }), 'person=3&engine=webgpu');
  assert.equal(addressText({ person: 3, engine: 'auto' }), 'person=3');
  assert.equal(addressFrom('#engine=wasm').engine, 'wasm');
  assert.ok(!('engine' in addressFrom('#engine=abacus')));
});
