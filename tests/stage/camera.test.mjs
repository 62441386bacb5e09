// Be the pose, its pure parts: landmarks and crops, the one-euro filter, another body's bones, the dance.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { danceAt } from '../../pose_transfer_nb/live/stage/play/dance.js';
import * as fitting from '../../pose_transfer_nb/live/stage/play/fitting.js';
import { follow } from '../../pose_transfer_nb/live/stage/play/follower.js';
import * as landmarks from '../../pose_transfer_nb/live/stage/play/landmarks.js';
import { oneEuro, smoother } from '../../pose_transfer_nb/live/stage/play/one_euro.js';
import { LIMBS, OTHER_SIDE } from '../../pose_transfer_nb/live/stage/play/skeleton.js';

const SIZE = [128, 96];
const MISSING = [-1, -1];
const STANDING = [
  ...[48, 14, 48, 28, 38, 28, 32, 46, 30, 62, 58, 28, 64, 46, 66, 62, 42, 64],
  ...[41, 90, 40, 116, 54, 64, 55, 90, 56, 116, 45, 11, 51, 11, 41, 13, 55, 13],
].reduce((pose, v, i) => {
  if (i % 2) pose.at(-1).push(v);
  else pose.push([v]);
  return pose;
}, []);
const near = (a, b, far = 1e-6) => assert.ok(Math.abs(a - b) < far, `${a} is not ${b}`);
const nearPose = (a, b, far = 1e-6) => {
  assert.equal(a.length, b.length);
  for (const j of a.keys()) for (const axis of [0, 1]) near(a[j][axis], b[j][axis], far);
};
const lengths = (pose) => LIMBS.map(([a, b]) => Math.hypot(pose[a][0] - pose[b][0], pose[a][1] - pose[b][1]));

// 39 landmarks whose places say which they are: landmark n at [n, 2 n], sure but for the `doubted`.
function numbersOf(doubted = {}) {
  return Float32Array.from({ length: 39 * 5 }, (_, i) => {
    const n = Math.floor(i / 5);
    const { open = 9, present = 9 } = doubted[n] ?? {};
    return [n, 2 * n, 0, open, present][i % 5];
  });
}

// landmarks

test('a landmark of the crop lies where it lies in the picture', () => {
  const [first, second] = landmarks.landmarksOf(numbersOf(), { x: 300, y: 200, side: 512 });
  assert.deepEqual(first.spot, [300 - 256, 200 - 256]);
  assert.deepEqual(second.spot, [300 - 256 + 2, 200 - 256 + 4]);
  near(second.sure, 1, 1e-3);
});

test('each joint is the landmark of its name, and the neck lies between the shoulders', () => {
  const found = landmarks.landmarksOf(numbersOf(), { x: 128, y: 128, side: 256 });
  const numbers = landmarks.jointsOf(found).map(([x]) => x);
  const [RIGHT, LEFT] = [
    [12, 14, 16, 24, 26, 28, 5, 8],
    [11, 13, 15, 23, 25, 27, 2, 7],
  ];
  assert.deepEqual(
    [2, 3, 4, 8, 9, 10, 14, 16].map((j) => numbers[j]),
    RIGHT,
  );
  assert.deepEqual(
    [5, 6, 7, 11, 12, 13, 15, 17].map((j) => numbers[j]),
    LEFT,
  );
  assert.deepEqual(numbers.slice(0, 2), [0, 11.5]);
});

test('what is doubted is missing: a hidden wrist, and a shoulder takes the neck along', () => {
  const doubted = { 16: { open: -3 }, 11: { present: -3 } };
  const found = landmarks.landmarksOf(numbersOf(doubted), { x: 128, y: 128, side: 256 });
  const joints = landmarks.jointsOf(found);
  const missing = [...joints.keys()].filter((j) => !landmarks.isThere(joints[j]));
  assert.deepEqual(missing, [1, 4, 5]);
});

test('a joint does not flicker: it needs more to appear than to stay', () => {
  const found = landmarks.landmarksOf(numbersOf({ 16: { open: 0 } }), { x: 128, y: 128, side: 256 });
  const before = landmarks.jointsOf(landmarks.landmarksOf(numbersOf(), { x: 128, y: 128, side: 256 }));
  assert.ok(landmarks.isThere(landmarks.jointsOf(found, before)[4]));
  assert.ok(!landmarks.isThere(landmarks.jointsOf(found)[4]));
});

// crops

test('crops: the middle first, then around the person, then the whole picture', () => {
  const size = [480, 640];
  const first = landmarks.firstCrop(size);
  assert.deepEqual(first, { x: 320, y: 240, side: 480 });
  const numbers = numbersOf();
  numbers.set([100, 150], 33 * 5);
  numbers.set([100, 50], 34 * 5);
  const found = landmarks.landmarksOf(numbers, first);
  const next = landmarks.nextCrop({ landmarks: found, presence: 0.9 }, size);
  near(next.x, 320 + (100 / 256 - 0.5) * 480);
  near(next.y, 240 + (150 / 256 - 0.5) * 480);
  near(next.side, ((2.5 * 100) / 256) * 480);
  const whole = { x: 320, y: 240, side: 640 };
  assert.deepEqual(landmarks.nextCrop({ landmarks: found, presence: 0.2 }, size), whole);
  numbers.set([100, 149], 34 * 5); // a person of two pixels is none
  const tiny = landmarks.landmarksOf(numbers, first);
  assert.deepEqual(landmarks.nextCrop({ landmarks: tiny, presence: 0.9 }, size), whole);
});

test('the picture becomes the network picture: heights and middles agree, the rest is missing', () => {
  const joints = [[320, 0], [320, 480], [500, 240], [510, 240], MISSING]; // 480 rows become 128
  const scaled = landmarks.scaledJoints(joints, [480, 640], SIZE);
  nearPose(scaled, [[47.5, -0.5], [47.5, 127.5], [95.5, 63.5], [98.1667, 63.5], MISSING], 1e-3);
  assert.deepEqual(landmarks.cutPose(scaled.slice(0, 4), SIZE), [[47.5, 0], MISSING, MISSING, MISSING]);
});

test('a mirror exchanges the sides, also of joints beside the picture', () => {
  const pose = STANDING.map((k, j) => (j === 4 ? [-7, 50] : j === 7 ? MISSING : k));
  const mirrored = landmarks.mirroredJoints(pose, SIZE);
  assert.deepEqual(mirrored[7], [95 + 7, 50]);
  assert.deepEqual(mirrored[4], MISSING);
  assert.deepEqual(mirrored[2], [95 - 58, 28]);
  nearPose(landmarks.mirroredJoints(mirrored, SIZE), pose);
});

// smoothing

test('the one-euro filter: a trembling number rests, a quick one is hardly late', () => {
  const filter = oneEuro();
  const values = Array.from({ length: 60 }, (_, i) => filter(50 + (i % 2 ? 1 : -1), i / 30));
  const trembling = Math.max(...values.slice(30)) - Math.min(...values.slice(30));
  assert.ok(trembling < 1, `${trembling} of 2 pixels are left`);
  const slow = oneEuro({ perSpeed: 0 });
  const quick = oneEuro();
  const late = (f) => 60 - Array.from({ length: 31 }, (_, i) => f(2 * i, i / 30)).at(-1);
  assert.ok(late(quick) < 0.6 * late(slow));
  near(quick(60, 1), quick(99, 1)); // no time has passed
});

test('a joint that comes back begins anew, and a missing one stays missing', () => {
  const smooth = smoother(landmarks.isThere);
  assert.deepEqual(smooth([[10, 10], MISSING], 0), [[10, 10], MISSING]);
  assert.deepEqual(smooth([MISSING, [5, 5]], 0.1), [MISSING, [5, 5]]);
  const [back, moved] = smooth(
    [
      [90, 90],
      [6, 5],
    ],
    0.2,
  );
  assert.deepEqual(back, [90, 90]);
  assert.ok(moved[0] > 5 && moved[0] < 6);
});

// another body

const grown = (pose, f) => pose.map(([x, y]) => [x * f + 7, y * f - 3]);
const raised = STANDING.map((k, j) => (j === 3 ? [22, 18] : j === 4 ? [18, 2] : k));

test('somebody larger, elsewhere, in the same pose: the mannequin stands as it stood', () => {
  nearPose(fitting.fittedPose(grown(STANDING, 3), STANDING, SIZE), STANDING, 1e-6);
});

test('directions come from one, lengths from the other, and it stands in its place', () => {
  const long = STANDING.map(([x, y], j) => (j > 7 && j < 14 ? [x, y + (y - 28) * 0.5] : [x, y])); // long legs
  const made = fitting.fittedPose(
    long.map((k, j) => ([3, 4].includes(j) ? raised[j] : k)),
    STANDING,
    SIZE,
  );
  const [mine, own] = [lengths(made), lengths(STANDING)];
  LIMBS.forEach((_, i) => {
    assert.ok(mine[i] < own[i] + 1e-6);
  });
  near(Math.max(made[10][1], made[13][1]), 116, 1e-6);
  near(Math.atan2(made[4][1] - made[3][1], made[4][0] - made[3][0]), Math.atan2(-16, -4), 1e-6);
});

test('a bone that points at us stays short', () => {
  const seen = STANDING.map((k, j) => (j === 4 ? [31.5, 48] : k));
  const made = fitting.withBonesOf(grown(seen, 2), STANDING);
  near(lengths(made)[2], Math.hypot(0.5, 2), 1e-6);
});

test('missing joints stay missing, and take along what hangs on them', () => {
  const seen = STANDING.map((k, j) => (j === 3 ? MISSING : k));
  const made = fitting.fittedPose(seen, STANDING, SIZE);
  assert.deepEqual(
    [...made.keys()].filter((j) => !landmarks.isThere(made[j])),
    [3, 4],
  );
  const nobody = STANDING.map(() => MISSING);
  assert.deepEqual(fitting.fittedPose(nobody, STANDING, SIZE), nobody);
});

test('arms that reach beyond the picture make the whole figure smaller', () => {
  const up = STANDING.map((k, j) => (j === 3 ? [38, 8] : j === 4 ? [38, -9] : k));
  const made = fitting.fittedPose(up, STANDING, SIZE);
  for (const [x, y] of made) assert.ok(x >= 0 && y >= 0 && x < 96 && y < 128);
  const [mine, own] = [lengths(made), lengths(STANDING)];
  near(mine[5] / own[5], mine[8] / own[8], 1e-6);
  assert.ok(mine[8] < own[8]);
});

// the dance

const DANCE = JSON.parse(
  readFileSync(new URL('../../pose_transfer_nb/live/stage/play/dance.json', import.meta.url), 'utf8'),
);

test('the dance holds each pose for a moment, and limbs swing in between', () => {
  const { poses, seconds } = DANCE;
  const body = (pose) => pose.slice(0, 14); // eyes and ears are not seen in every pose
  nearPose(body(danceAt(DANCE, 2 * seconds, SIZE)), body(poses[2]));
  nearPose(body(danceAt(DANCE, 2.9 * seconds, SIZE)), body(poses[3]));
  nearPose(body(danceAt(DANCE, (poses.length + 2) * seconds, SIZE)), body(poses[2]));
  const between = danceAt(DANCE, 1.3 * seconds, SIZE);
  const [a, b, c] = [poses[1], poses[2], between].map(lengths);
  LIMBS.forEach((_, i) => {
    assert.ok(c[i] > Math.min(a[i], b[i]) - 1e-6 && c[i] < Math.max(a[i], b[i]) + 1e-6);
  });
  nearPose(
    danceAt(DANCE, 0, [256, 192]),
    poses[0].map((k) => k.map((v) => 2 * v)),
  );
  assert.equal(OTHER_SIDE.length, poses[0].length);
});

// following

// A sheet that notes where the picture was drawn.
function withSheets(drawn, act) {
  class Sheet {
    getContext() {
      return {
        fillRect() {},
        drawImage: (_, left, top, width, height) => drawn.push({ left, top, width, height }),
        getImageData: () => ({ data: [] }),
      };
    }
  }
  globalThis.OffscreenCanvas = Sheet;
  return act().finally(() => delete globalThis.OffscreenCanvas);
}

test('one picture at a time is looked at, each around the person of the one before', async () => {
  const drawn = [];
  const heard = [];
  const over = new AbortController();
  let open = 0;
  let most = 0;
  const numbers = numbersOf();
  numbers.set([128, 128], 33 * 5);
  numbers.set([128, 64], 34 * 5);
  const estimator = {
    async find() {
      most = Math.max(most, ++open);
      await new Promise((done) => setTimeout(done, 5));
      open -= 1;
      return { numbers, presence: heard.length === 1 ? 0.1 : 0.9 };
    },
  };
  const footage = { element: {}, size: () => [480, 640], still: false, next: async () => {} };
  const onFound = (found) => {
    heard.push(found);
    if (heard.length === 4) over.abort();
  };
  await withSheets(drawn, () => follow(footage, estimator, { onFound, signal: over.signal }));
  assert.equal(most, 1);
  assert.deepEqual(
    heard.map(({ lost }) => Boolean(lost)),
    [false, true, false, false],
  );
  const sides = drawn.map(({ height }) => (480 / height) * 256);
  [480, 300, 640, 400].forEach((side, i) => {
    near(sides[i], side, 1e-6);
  });
});

test('a still picture is looked at some times, and that is all', async () => {
  let looks = 0;
  const find = async () => {
    looks += 1;
    return { numbers: numbersOf(), presence: 0.9 };
  };
  const footage = { element: {}, size: () => [400, 300], still: true, next: async () => {} };
  const { signal } = new AbortController();
  await withSheets([], () => follow(footage, { find }, { onFound() {}, signal }));
  assert.equal(looks, 4);
});
