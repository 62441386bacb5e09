// The figures of the game, as `confusion` has them in Python.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scores } from '../../pose_transfer_nb/live/stage/scores.js';

const REAL = [true, true, false, false];

test('who is never fooled', () => {
  assert.deepEqual(scores(REAL, REAL), { r2g: 0, g2r: 0, accuracy: 1 });
});

test('who calls everything real', () => {
  assert.deepEqual(scores(REAL, [true, true, true, true]), { r2g: 0, g2r: 1, accuracy: 0.5 });
});

test('who is fooled completely', () => {
  assert.deepEqual(scores(REAL, [false, false, true, true]), { r2g: 1, g2r: 1, accuracy: 0 });
});
