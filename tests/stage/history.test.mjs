// Undo.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newHistory, undone, withPose } from '../../pose_transfer_nb/live/stage/history.js';
import { localKeeper } from '../../pose_transfer_nb/live/stage/play/local_keeper.js';

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

// Eighteen joints, the first at a place, the others beside one another.
const whole = (x) => Array.from({ length: 18 }, (_, j) => (j ? [j, 2 * j] : [x, x]));

test('the keeper in the browser tells the pose that undo returns to', async () => {
  const heard = [];
  const keeper = localKeeper(whole(0), [128, 96], (pose) => heard.push(pose));
  const told = [];
  keeper.onPose = (pose) => told.push(pose);
  await keeper.hello();
  keeper.keep(whole(1), true);
  keeper.keep(whole(2), false);
  await keeper.undo();
  await keeper.undo();
  assert.deepEqual(told, [whole(0), whole(0), whole(0)]);
  assert.deepEqual(heard, [whole(1), whole(2), whole(0), whole(0)]);
});

test('it hides a joint and brings it back to where it was, and mirrors twice to the same pose', async () => {
  const keeper = localKeeper(whole(5), [128, 96]);
  let now = null;
  keeper.onPose = (pose) => {
    now = pose;
  };
  await keeper.hide(4);
  assert.deepEqual(now[4], [-1, -1]);
  await keeper.restore(4);
  assert.deepEqual(now, whole(5));
  await keeper.mirror();
  assert.notDeepEqual(now, whole(5));
  await keeper.mirror();
  assert.deepEqual(now, whole(5));
  for (let i = 0; i < 4; i++) await keeper.undo();
  assert.deepEqual(now, whole(5));
});
