// Undo.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newHistory, undone, withPose } from '../../pose_transfer_nb/live/stage/history.js';
import { localKeeper } from '../../pose_transfer_nb/live/stage/local_keeper.js';

const at = (x) => [[x, x]];

test('a drag of many moves is one step back', () => {
  const start = newHistory(at(0));
  let history = withPose(start, at(1), true);
  for (const x of [2, 3, 4]) history = withPose(history, at(x), false);
  history = withPose(history, at(5), true);
  assert.deepEqual(history.pose, at(5));
  history = undone(history);
  assert.deepEqual(history.pose, at(4));
  history = undone(history);
  assert.deepEqual(history.pose, at(0));
  assert.equal(undone(history), history, 'there is nothing before the beginning');
  assert.deepEqual(start, { pose: at(0), past: [] }, 'a history never changes');
});

test('two hundred steps are kept', () => {
  let history = newHistory(at(0));
  for (let x = 1; x <= 300; x++) history = withPose(history, at(x), true);
  for (let i = 0; i < 500; i++) history = undone(history);
  assert.deepEqual(history.pose, at(100));
});

test('the keeper of a page tells the pose that undo returns to', async () => {
  const keeper = localKeeper(at(0));
  const told = [];
  keeper.onPose = (pose) => told.push(pose);
  await keeper.hello();
  keeper.keep(at(1), true);
  keeper.keep(at(2), false);
  await keeper.undo();
  await keeper.undo();
  assert.deepEqual(told, [at(0), at(0), at(0)]);
});
