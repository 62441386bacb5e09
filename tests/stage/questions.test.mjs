// The queue of questions: the latest wins, at most one is under way, commands are not overtaken.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { questions } from '../../pose_transfer_nb/live/stage/questions.js';
import { speedOf } from '../../pose_transfer_nb/live/stage/speed.js';

let now; // milliseconds of a clock that only the tests move
let begun; // questions that the engine heard
let drawn; // questions whose answer was drawn
let errors;
let open; // question -> functions that answer it, or fail

beforeEach(() => {
  now = 0;
  begun = [];
  drawn = [];
  errors = [];
  open = {};
});

const soon = () => new Promise((resolve) => setImmediate(resolve));

async function work(question, outdated) {
  begun.push(question);
  await new Promise((answer, fail) => {
    open[question] = { answer, fail };
  });
  if (!outdated()) drawn.push(question);
}

const queue = () => questions(work, { clock: () => now, onError: (e) => errors.push(e.message) });

async function answer(question) {
  open[question].answer();
  await soon();
}

test('at most one question is under way, and the latest of those that wait is next', async () => {
  const q = queue();
  for (const name of ['a', 'b', 'c', 'd']) q.ask(name);
  assert.deepEqual(begun, ['a']);
  assert.equal(q.isWaiting(), true);
  await answer('a');
  assert.deepEqual(begun, ['a', 'd']);
  assert.equal(q.isWaiting(), false);
  await answer('d');
  assert.deepEqual(begun, ['a', 'd']);
  assert.deepEqual(drawn, ['a', 'd']);
});

test('a question without an answer is given up; a late answer is not drawn over a later one', async () => {
  const q = queue();
  q.ask('lost');
  now = 9_000;
  q.ask('early');
  assert.deepEqual(begun, ['lost']);
  now = 11_000;
  q.ask('next');
  assert.deepEqual(begun, ['lost', 'next']);
  await answer('next');
  await answer('lost');
  assert.deepEqual(drawn, ['next']);
  q.ask('last');
  await answer('last');
  assert.deepEqual(drawn, ['next', 'last']);
  assert.equal(q.timesSince(0).length, 2, 'the late answer says nothing about speed');
});

test('a late answer is drawn while nothing later is there', async () => {
  const q = queue();
  q.ask('slow');
  now = 11_000;
  q.ask('next');
  await answer('slow');
  await answer('next');
  assert.deepEqual(drawn, ['slow', 'next']);
});

test('a question that fails is told, and the next one is asked', async () => {
  const q = queue();
  q.ask('a');
  q.ask('b');
  open.a.fail(new Error('no more memory'));
  await soon();
  assert.deepEqual(errors, ['no more memory']);
  assert.deepEqual(begun, ['a', 'b']);
  await answer('b');
  assert.deepEqual(drawn, ['b']);
  assert.equal(q.timesSince(0).length, 1);
});

test('an engine that throws at once does not stop the queue', async () => {
  const q = questions(
    () => {
      throw new Error('no engine');
    },
    { onError: (e) => errors.push(e.message) },
  );
  q.ask('a');
  await soon();
  q.ask('b');
  await soon();
  assert.deepEqual(errors, ['no engine', 'no engine']);
});

test('a command comes after every question that was asked before it', async () => {
  const q = queue();
  q.ask('a');
  q.ask('b');
  const done = [];
  q.command(async () => {
    begun.push('undo');
    await new Promise((resolve) => {
      open.undo = { answer: resolve };
    });
    done.push('undo');
  });
  assert.deepEqual(begun, ['a', 'b', 'undo'], 'b is asked although a is not answered');
  assert.equal(q.isFree(), false);
  q.whenFree(() => done.push('arrow key'));
  await answer('a');
  await answer('b');
  assert.deepEqual(done, []);
  await answer('undo');
  assert.deepEqual(done, ['undo', 'arrow key']);
  assert.equal(q.isFree(), true);
  q.whenFree(() => done.push('at once'));
  assert.equal(done.at(-1), 'at once');
});

test('two commands: the queue is free when the second is done', async () => {
  const q = queue();
  const act = (name) => () =>
    new Promise((resolve) => {
      open[name] = { answer: resolve };
    });
  q.command(act('hide'));
  q.command(act('undo'));
  await answer('hide');
  assert.equal(q.isFree(), false);
  await answer('undo');
  assert.equal(q.isFree(), true);
});

test('a command that fails or never ends does not hold the hand for ever', async () => {
  const q = queue();
  q.command(() => Promise.reject(new Error('no such joint')));
  await soon();
  assert.deepEqual(errors, ['no such joint']);
  assert.equal(q.isFree(), true);
  q.command(() => new Promise(() => {}));
  assert.equal(q.isFree(), false);
  now = 10_001;
  assert.equal(q.isFree(), true);
});

test('speed is counted from a question to its drawn answer', async () => {
  const q = queue();
  for (const [name, ms] of [
    ['a', 40],
    ['b', 60],
    ['c', 100],
  ]) {
    q.ask(name);
    now += ms;
    await answer(name);
  }
  assert.deepEqual(q.timesSince(0), [
    [40, 40],
    [100, 60],
    [200, 100],
  ]);
  assert.deepEqual(q.timesSince(100), [
    [100, 60],
    [200, 100],
  ]);
  const speed = speedOf(q.timesSince(0));
  assert.deepEqual(speed, { updates: 3, median_ms: 60, p90_ms: 100, worst_ms: 100, per_second: 12.5 });
  assert.equal(speedOf(q.timesSince(200)), null, 'one answer is no speed');
});
