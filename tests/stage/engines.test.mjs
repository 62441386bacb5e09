// Every engine keeps the same promises; the kernel's also sends no more than it must.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEngine } from '../../pose_transfer_nb/live/stage/engine.js';
import { freeHand } from '../../pose_transfer_nb/live/stage/hands.js';
import { kernelEngine } from '../../pose_transfer_nb/live/stage/kernel_engine.js';
import { kernelKeeper } from '../../pose_transfer_nb/live/stage/kernel_keeper.js';
import { kernelLine } from '../../pose_transfer_nb/live/stage/kernel_line.js';
import { lateEngine } from '../../pose_transfer_nb/live/stage/late_engine.js';

const POSE = [
  [5, 5],
  [10, 10],
  [20, 20],
];
const LIMITS = [[0.2, 0.8]];
const unpack = async (bytes) => `picture of ${bytes}`;
const soon = () => new Promise((resolve) => setImmediate(resolve));

// A widget's model whose kernel answers as PoseEditor does, at once or when `answer` is called.
function kernel({ patient = false } = {}) {
  const sent = [];
  let hear;
  const model = {
    sent,
    on(name, act) {
      assert.equal(name, 'msg:custom');
      hear = act;
    },
    send(content) {
      sent.push(content);
      if (!patient) model.answer(content);
    },
    answer({ view, id, keypoints }, pose = keypoints ?? POSE) {
      hear({ kind: 'picture', keypoints: pose, limits: LIMITS, view, id }, [`JPEG ${pose}`, `PNG ${pose}`]);
    },
    hear: (...message) => hear(...message),
  };
  return model;
}

const ENGINES = {
  kernel: () => kernelEngine(kernelLine(kernel(), unpack)),
  late: () => lateEngine(soon().then(ENGINES.kernel)),
};

for (const [name, make] of Object.entries(ENGINES)) {
  test(`the ${name} engine answers the three questions`, async () => {
    const engine = make();
    checkEngine(engine);
    const features = await engine.encode('data:image/jpeg;base64,');
    const masks = await engine.masks(POSE, POSE);
    assert.match(masks.strip, /^picture of PNG/);
    assert.deepEqual(masks.limits, LIMITS);
    assert.match(await engine.decode(features, masks), /^picture of JPEG/);
  });
}

test('what is no engine is refused, with what it lacks', () => {
  assert.throws(() => checkEngine({ encode() {} }), /this one lacks masks, decode/);
  assert.throws(() => checkEngine(undefined), /this one lacks encode, masks, decode/);
});

test('a step of a drag is one message to the kernel', async () => {
  const model = kernel();
  const line = kernelLine(model, unpack);
  const engine = kernelEngine(line);
  const keeper = kernelKeeper(line);
  keeper.keep(POSE, true);
  keeper.keep(POSE, false); // a move that is never asked about, as a later one was faster
  for (const target of [POSE, POSE])
    await engine.decode(await engine.encode(''), await engine.masks(POSE, target));
  assert.deepEqual(
    model.sent.map(({ kind, start, id }) => [kind, start, id]),
    [
      ['pose', true, 1],
      ['pose', false, 2],
    ],
  );
  assert.deepEqual(model.sent[0].keypoints, POSE);
});

test('answers are handed on in the order in which they come, each to its question', async () => {
  const model = kernel({ patient: true });
  const waits = { 'JPEG 1,1': 20, 'JPEG 2,2': 0 }; // the first one takes longer to unpack
  const slow = (bytes) => new Promise((resolve) => setTimeout(() => resolve(bytes), waits[bytes] ?? 0));
  const engine = kernelEngine(kernelLine(model, slow));
  const order = [];
  const asked = [[[1, 1]], [[2, 2]]].map((target) =>
    engine.masks(POSE, target).then((m) => order.push(m.picture)),
  );
  for (const content of model.sent) model.answer(content);
  await Promise.all(asked);
  assert.deepEqual(order, ['JPEG 1,1', 'JPEG 2,2']);
});

test('what nobody here asked for is news: a button, or another view of the same widget', async () => {
  const model = kernel({ patient: true });
  const line = kernelLine(model, unpack);
  const keeper = kernelKeeper(line);
  const told = [];
  keeper.onPose = (pose, masks) => told.push([pose, masks.picture]);
  model.answer({}, [[7, 7]]);
  model.answer({ view: 'another', id: 1 }, [[8, 8]]);
  await soon();
  assert.deepEqual(told, [
    [[[7, 7]], 'picture of JPEG 7,7'],
    [[[8, 8]], 'picture of JPEG 8,8'],
  ]);
});

test('a command is done when its answer has been told', async () => {
  const model = kernel();
  const keeper = kernelKeeper(kernelLine(model, unpack));
  const told = [];
  keeper.onPose = async (pose) => {
    await soon();
    told.push(pose);
  };
  await keeper.hide(4);
  await keeper.undo();
  assert.deepEqual(told, [POSE, POSE]);
  assert.deepEqual(
    model.sent.map(({ kind, joint }) => [kind, joint]),
    [
      ['hide', 4],
      ['undo', undefined],
    ],
  );
});

test('a picture that cannot be read fails its own question only', async () => {
  const model = kernel({ patient: true });
  const broken = async (bytes) => {
    if (bytes.includes('6,6')) throw new Error('no JPEG');
    return bytes;
  };
  const engine = kernelEngine(kernelLine(model, broken));
  const first = engine.masks(POSE, [[6, 6]]);
  const second = engine.masks(POSE, [[9, 9]]);
  for (const content of model.sent) model.answer(content);
  await assert.rejects(first, /no JPEG/);
  assert.equal((await second).picture, 'JPEG 9,9');
});

test('other messages of the kernel are none of our business', async () => {
  const model = kernel({ patient: true });
  const line = kernelLine(model, unpack);
  line.onNews = () => assert.fail();
  model.hear({ kind: 'something else' }, []);
  await soon();
});

test('an engine that never comes fails each question with its reason', async () => {
  const engine = lateEngine(Promise.reject(new Error('no memory')));
  await assert.rejects(engine.encode(''), /no memory/);
  await assert.rejects(engine.masks(POSE, POSE), /no memory/);
});

test('a hand goes anywhere inside the picture', () => {
  const free = freeHand([30, 40], [0, 1, 2]);
  assert.deepEqual(free.move(POSE, 0, [99, -9])[0], [39, 0]);
  assert.equal(free.grip(2), 13);
  assert.deepEqual([free.stride(false), free.stride(true)], [1, 5]);
});
