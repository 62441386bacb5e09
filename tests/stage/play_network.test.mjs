// What the page computes itself is what Python computes. tests/tools/golden_maps.py made pose_maps.json.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  cellMeans,
  colourOf,
  rangeOf,
  stripPixels,
} from '../../pose_transfer_nb/live/stage/play/mask_strip.js';
import { loadParts, partsOf } from '../../pose_transfer_nb/live/stage/play/parts.js';
import { floatsOf, pixelsOf } from '../../pose_transfer_nb/live/stage/play/pictures.js';
import { posePair } from '../../pose_transfer_nb/live/stage/play/pose_maps.js';

const GOLDEN = JSON.parse(readFileSync(new URL('pose_maps.json', import.meta.url)));

function floatsIn(text) {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

for (const { name, source, target, size, sigma, maps } of GOLDEN) {
  test(`pose maps are those of Python: ${name}`, () => {
    const expected = floatsIn(maps);
    const made = posePair(source, target, size, sigma);
    assert.equal(made.length, expected.length);
    assert.ok(expected.some((v) => v === 1 || v > 0.5));
    made.forEach((v, i) => {
      assert.ok(Math.abs(v - expected[i]) <= 1e-6, `number ${i}: ${v}, not ${expected[i]}`);
    });
  });
}

const MASK = { data: Float32Array.of(0, 0.2, 0.4, 0.6, 1, 0.8, 0.6, 0.4), dims: [2, 2, 2] };

test('a cell of a mask is the mean of its channels', () => {
  const means = [...cellMeans(MASK)].map((v) => Math.round(1e6 * v) / 1e6);
  assert.deepEqual(means, [0.5, 0.5, 0.5, 0.5]);
  assert.deepEqual(rangeOf([3, -1, 2]), [-1, 3]);
});

test('colours run from dark blue to yellow, and stop there', () => {
  assert.deepEqual(colourOf(0, [0, 1]), [68, 1, 84]);
  assert.deepEqual(colourOf(-5, [0, 1]), [68, 1, 84]);
  assert.deepEqual(colourOf(1, [0, 1]), [253, 231, 37]);
  assert.deepEqual(colourOf(0.3, [0.3, 0.3]), [68, 1, 84]); // a mask of one value has colours too
});

test('masks stand side by side, one pixel a cell', () => {
  const fine = { data: Float32Array.from({ length: 12 }, (_, i) => i / 11), dims: [1, 4, 3] };
  const { pixels, width, height, limits } = stripPixels([MASK, fine]);
  assert.deepEqual([width, height], [5, 4]);
  assert.deepEqual(limits[1], [0, 1]);
  const at = (x, y) => [...pixels.slice(4 * (y * width + x), 4 * (y * width + x) + 4)];
  assert.deepEqual(at(2, 0), [68, 1, 84, 255]); // the first cell of the second mask
  assert.deepEqual(at(4, 3), [253, 231, 37, 255]); // its last one
  assert.deepEqual(at(0, 3), [0, 0, 0, 0]); // nothing below the smaller mask
});

test('a picture comes back as it was', () => {
  const pixels = Uint8ClampedArray.of(0, 127, 255, 255, 1, 2, 3, 255);
  const floats = floatsOf(pixels);
  assert.deepEqual([floats[0], floats[4]], [-1, 1]); // red of the first pixel, blue of the first
  assert.deepEqual(pixelsOf(floats), pixels);
});

async function gzip(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(packed).arrayBuffer();
}

const textOf = (buffer) => new TextDecoder().decode(buffer);

test('parts are unpacked, whether or not the server did so already, and say how far they are', async (t) => {
  const packed = await gzip('the weights');
  const files = { 'a.gz': packed, 'b.gz': new TextEncoder().encode('the graph') };
  t.mock.method(globalThis, 'fetch', async (address) => new Response(files[address]));
  const parts = partsOf({
    weights: { bytes: packed.byteLength, address: 'a.gz' },
    graph: { bytes: 4, address: 'b.gz' }, // it arrives larger, as the server unpacked it
  });
  const told = [];
  const found = await loadParts(parts, ['weights', 'graph'], (progress) => told.push(progress));
  assert.equal(textOf(found.weights), 'the weights');
  assert.equal(textOf(found.graph), 'the graph');
  assert.deepEqual(told.at(-1), { loaded: packed.byteLength + 4, total: packed.byteLength + 4 });
});

test('a part may be there already, or be any function', async () => {
  const buffer = new ArrayBuffer(3);
  const found = await loadParts({ a: buffer, b: async () => buffer }, ['a', 'b'], () => {});
  assert.equal(found.a, buffer);
  assert.equal(found.b, buffer);
});

test('a part that is not there fails with its address', async (t) => {
  t.mock.method(globalThis, 'fetch', async () => new Response('', { status: 404 }));
  const parts = partsOf({ weights: { bytes: 1, address: 'parts/weights.gz' } });
  await assert.rejects(parts.weights.load(), /parts\/weights.gz: the server answers 404/);
});
