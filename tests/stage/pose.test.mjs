// Hit testing and the geometry of a pose.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as pose from '../../pose_transfer_nb/live/stage/pose.js';

const SIZE = [128, 96]; // height, width
const POSE = [[10, 20], [30, 40], pose.MISSING, [30, 44]];

test('a missing joint is not seen, a joint on the edge is', () => {
  assert.equal(pose.isSeen(pose.MISSING), false);
  assert.equal(pose.isSeen([0, 0]), true);
  assert.deepEqual(pose.missingJoints(POSE), [2]);
  assert.deepEqual(pose.missingJoints([]), []);
});

test('a joint stays inside the picture', () => {
  assert.deepEqual(pose.inside([-5, 500], SIZE), [0, 127]);
  assert.deepEqual(pose.inside([500, -5], SIZE), [95, 0]);
  assert.deepEqual(pose.inside([3.25, 4.5], SIZE), [3.25, 4.5]);
});

test('one joint moves, the others and the former pose stay', () => {
  const before = structuredClone(POSE);
  const moved = pose.withJoint(POSE, 1, [7, 8]);
  assert.deepEqual(moved, [
    [10, 20],
    [7, 8],
    [-1, -1],
    [30, 44],
  ]);
  assert.deepEqual(POSE, before);
});

test('the nearest joint is hit, never a missing one', () => {
  assert.deepEqual(pose.nearestJoint(POSE, [30, 43], [0, 1, 2, 3]), { joint: 3, far: 1 });
  assert.deepEqual(pose.nearestJoint(POSE, [30, 43], [0, 1, 2]), { joint: 1, far: 3 });
  assert.notEqual(pose.nearestJoint(POSE, [-1, -1], [0, 1, 2, 3]).joint, 2);
  assert.equal(pose.nearestJoint(POSE, [0, 0], [2]).far, Number.POSITIVE_INFINITY);
});

test('of two joints equally near the first is hit', () => {
  assert.equal(pose.nearestJoint(POSE, [30, 42], [0, 1, 2, 3]).joint, 1);
});

test('a place of the window and a spot of the picture are the same thing', () => {
  const box = { left: 100, top: 50, width: 192, height: 256 }; // twice as large as the picture
  assert.deepEqual(pose.spotUnder(100, 50, box, SIZE), [-0.5, -0.5]); // the edge of the first pixel
  assert.deepEqual(pose.spotUnder(101, 51, box, SIZE), [0, 0]); // its middle
  assert.deepEqual(pose.spotUnder(292, 306, box, SIZE), [95.5, 127.5]);
  for (const spot of [
    [0, 0],
    [12.5, 77],
    [95, 127],
  ]) {
    const [left, top] = pose.percentOf(spot, SIZE);
    const back = pose.spotUnder(100 + (192 * left) / 100, 50 + (256 * top) / 100, box, SIZE);
    back.forEach((v, i) => {
      assert.ok(Math.abs(v - spot[i]) < 1e-9);
    });
  }
});

test('the middle of the first pixel is the middle of the first cell of a larger canvas', () => {
  assert.deepEqual(pose.onCanvas([0, 0], 4), [2, 2]);
});

test('arrows have directions, other keys have none', () => {
  assert.deepEqual(pose.arrowOf('ArrowUp'), [0, -1]);
  assert.deepEqual(pose.arrowOf('ArrowRight'), [1, 0]);
  assert.equal(pose.arrowOf('a'), undefined);
});
