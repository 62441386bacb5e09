// The page's pure parts: limbs, gates, bottleneck, receptive fields, address, colours, presets, texts, films.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  addressFrom,
  addressText,
  poseFrom,
  poseText,
} from '../../pose_transfer_nb/live/stage/play/address.js';
import * as neck from '../../pose_transfer_nb/live/stage/play/bottleneck.js';
import * as colours from '../../pose_transfer_nb/live/stage/play/colours.js';
import { fieldOf, seenAlong, shareOf } from '../../pose_transfer_nb/live/stage/play/fields.js';
import * as gates from '../../pose_transfer_nb/live/stage/play/gates.js';
import { gifOf } from '../../pose_transfer_nb/live/stage/play/gif.js';
import { bendOf, limbMoved } from '../../pose_transfer_nb/live/stage/play/limbs.js';
import { changed, newPast, stepBack, stepForward } from '../../pose_transfer_nb/live/stage/play/past.js';
import * as presets from '../../pose_transfer_nb/live/stage/play/presets.js';
import { pythonLines } from '../../pose_transfer_nb/live/stage/play/python_line.js';
import { JOINTS, mirroredPose, OTHER_SIDE, sideOf } from '../../pose_transfer_nb/live/stage/play/skeleton.js';
import { QUIZ, STEPS, shares, stepWithin } from '../../pose_transfer_nb/live/stage/play/steps.js';
import { languageFrom, speaker } from '../../pose_transfer_nb/live/stage/play/texts.js';

const SIZE = [128, 96];
const STANDING = [
  [48, 14],
  [48, 28],
  [38, 28],
  [32, 46],
  [30, 62],
  [58, 28],
  [64, 46],
  [66, 62],
  [42, 64],
  [41, 90],
  [40, 116],
  [54, 64],
  [55, 90],
  [56, 116],
  [45, 11],
  [51, 11],
  [41, 13],
  [55, 13],
];
const length = (pose, a, b) => Math.hypot(pose[a][0] - pose[b][0], pose[a][1] - pose[b][1]);
const near = (a, b, far = 1e-6) => assert.ok(Math.abs(a - b) < far, `${a} is not ${b}`);

// limbs

test('a wrist reaches a spot, bones keep their lengths, nothing else moves', () => {
  const moved = limbMoved(STANDING, 4, [24, 50], { size: SIZE });
  near(moved[4][0], 24);
  near(moved[4][1], 50);
  near(length(moved, 2, 3), length(STANDING, 2, 3));
  near(length(moved, 3, 4), length(STANDING, 3, 4));
  for (const j of STANDING.keys()) if (j !== 3 && j !== 4) assert.deepEqual(moved[j], STANDING[j]);
});

test('a wrist that is dragged too far stops where the arm is straight', () => {
  const moved = limbMoved(STANDING, 4, [0, 28], { size: SIZE });
  near(length(moved, 2, 4), length(STANDING, 2, 3) + length(STANDING, 3, 4), 1e-3);
  assert.ok(moved[4][1] - 28 < 1e-6);
});

test('an elbow stays on its side while the wrist moves', () => {
  const bend = bendOf(STANDING, [2, 3, 4]);
  for (const spot of [
    [20, 20],
    [30, 60],
    [12, 35],
  ])
    assert.equal(bendOf(limbMoved(STANDING, 4, spot, { size: SIZE }), [2, 3, 4]), bend);
});

test('alone, a joint leaves its limb behind', () => {
  const moved = limbMoved(STANDING, 4, [5, 5], { size: SIZE, alone: true });
  assert.deepEqual(
    moved,
    STANDING.map((k, j) => (j === 4 ? [5, 5] : k)),
  );
});

test('an elbow turns about the shoulder, and the lower arm goes along', () => {
  const moved = limbMoved(STANDING, 3, [20, 28], { size: SIZE });
  near(length(moved, 2, 3), length(STANDING, 2, 3));
  near(length(moved, 3, 4), length(STANDING, 3, 4));
  near(moved[3][1], 28);
});

test('a shoulder carries its arm, the nose the head, the neck everybody', () => {
  const shoulder = limbMoved(STANDING, 2, [40, 30], { size: SIZE });
  for (const j of [2, 3, 4]) assert.deepEqual(shoulder[j], [STANDING[j][0] + 2, STANDING[j][1] + 2]);
  const head = limbMoved(STANDING, 0, [62, 28], { size: SIZE });
  near(length(head, 0, 1), length(STANDING, 0, 1));
  near(length(head, 0, 14), length(STANDING, 0, 14));
  const all = limbMoved(STANDING, 1, [50, 29], { size: SIZE });
  all.forEach((k, j) => {
    assert.deepEqual(k, [STANDING[j][0] + 2, STANDING[j][1] + 1]);
  });
});

test('a missing elbow lets the wrist go alone, and stays missing', () => {
  const pose = STANDING.map((k, j) => (j === 3 ? [-1, -1] : k));
  const moved = limbMoved(pose, 4, [10, 10], { size: SIZE });
  assert.deepEqual(moved[4], [10, 10]);
  assert.deepEqual(moved[3], [-1, -1]);
});

test('nothing leaves the picture', () => {
  for (const [x, y] of limbMoved(STANDING, 1, [2, 2], { size: SIZE }))
    assert.ok(x >= 0 && y >= 0 && x <= 95 && y <= 127);
});

test('the mirror swaps right and left', () => {
  const mirrored = mirroredPose(STANDING, SIZE);
  assert.deepEqual(mirrored[5], [95 - STANDING[2][0], STANDING[2][1]]);
  assert.deepEqual(mirroredPose(mirrored, SIZE), STANDING);
  assert.equal(JOINTS[OTHER_SIDE[4]], 'left wrist');
  assert.equal(sideOf(4), 'right');
  assert.equal(sideOf(1), 'middle');
});

// gates

const MASK = { data: Float32Array.from([0.25, 0.75, 0.5, 0.5, 0, 1, 0, 1]), dims: [2, 2, 2] };

test('a gate uses the learned mask, ones, channel means or zeros', () => {
  assert.equal(gates.usedMask(MASK, 'learned'), MASK);
  assert.deepEqual([...gates.usedMask(MASK, 'open').data], Array(8).fill(1));
  assert.deepEqual([...gates.usedMask(MASK, 'shut').data], Array(8).fill(0));
  assert.deepEqual([...gates.usedMask(MASK, 'average').data], Array(8).fill(0.5));
  assert.deepEqual([...MASK.data], [0.25, 0.75, 0.5, 0.5, 0, 1, 0, 1]);
});

test('a cell is the mean of its channels, or one of them', () => {
  assert.deepEqual([...gates.cellValues(MASK)], [0.125, 0.875, 0.25, 0.75]);
  assert.deepEqual([...gates.cellValues(MASK, 1)], [0, 1, 0, 1]);
});

test('what changed is counted', () => {
  const other = { data: MASK.data.map((v, i) => (i === 3 ? v + 0.8 : v)), dims: MASK.dims };
  assert.equal(gates.countChanged([MASK], [MASK]), 0);
  assert.equal(gates.countChanged([MASK], [other]), 1);
  assert.equal(gates.countNumbers([MASK, other]), 16);
  near(gates.meanChanges([MASK], [other])[0], 0.1);
});

test('the first shut gate', () => {
  assert.equal(gates.firstShut(['open', 'learned', 'shut', 'shut']), 2);
  assert.equal(gates.firstShut(['open', 'learned', 'average', 'learned']), -1);
});

// the bottleneck

const FEATURES = { data: Float32Array.from([1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]), dims: [2, 3, 2] };
const used = (text) => [...neck.usedFeatures(FEATURES, neck.bottleneckFrom(text)).data];

test('the bottleneck is turned, mirrored, averaged', () => {
  assert.deepEqual(used('learned'), [...FEATURES.data]);
  assert.deepEqual(used('upside-down'), [5, 6, 3, 4, 1, 2, 50, 60, 30, 40, 10, 20]);
  assert.deepEqual(used('mirrored'), [2, 1, 4, 3, 6, 5, 20, 10, 40, 30, 60, 50]);
  assert.deepEqual(used('average'), [3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 35, 35, 35, 35, 35, 35]);
});

test('a cell is put into another one, after the turning, one after the other', () => {
  assert.deepEqual(used('0>5').slice(0, 6), [1, 2, 3, 4, 5, 1]);
  assert.deepEqual(used('upside-down 0>5').slice(0, 6), [5, 6, 3, 4, 1, 5]);
  assert.deepEqual(used('0>5 5>4').slice(0, 6), [1, 2, 3, 4, 1, 1]);
  assert.deepEqual(used('99>0'), [...FEATURES.data]); // no such cell
});

test('the name of a bottleneck says what was done', () => {
  for (const text of ['learned', 'from:7 upside-down average 3>4 4>5', 'from:0'])
    assert.equal(neck.bottleneckText(neck.bottleneckFrom(text)), text);
  assert.equal(neck.bottleneckText(neck.bottleneckFrom('mirrored upside-down')), 'upside-down mirrored');
  assert.throws(() => neck.bottleneckFrom('from:somebody'), /cannot be "from:somebody"/);
  const turned = neck.withTurn(neck.LEARNED, 'mirrored');
  assert.deepEqual(neck.withTurn(turned, 'mirrored'), neck.LEARNED);
  assert.equal(neck.withMove(neck.LEARNED, 3, 3), neck.LEARNED);
});

// receptive fields

// Brute force, along one side: which inputs reach an output of such an encoder?
function reached(length, halvings, index) {
  const layers = [[3, 1]];
  for (let k = 0; k < halvings; k++) layers.push([4, 2], [3, 1], [3, 1]);
  let seen = Array.from({ length }, (_, i) => new Set([i]));
  for (const [kernel, stride] of layers) {
    const out = [];
    for (let o = 0; o < seen.length / stride; o++) {
      const inputs = Array.from({ length: kernel }, (_, k) => o * stride - 1 + k).filter((i) => seen[i]);
      out.push(new Set(inputs.flatMap((i) => [...seen[i]])));
    }
    seen = out;
  }
  return [Math.min(...seen[index]), Math.max(...seen[index])];
}

test('a cell sees what the convolutions let it see', () => {
  for (const [halvings, index] of [
    [1, 20],
    [2, 11],
    [3, 7],
    [4, 4],
    [1, 0],
    [3, 15],
  ]) {
    const box = fieldOf(index, 0, halvings, SIZE);
    assert.deepEqual([box.top, box.bottom], reached(128, halvings, index));
  }
  assert.deepEqual(seenAlong(10, 1), [14, 27]);
  assert.deepEqual(shareOf(1, 2, 4), { left: 32, top: 16, right: 47, bottom: 31 });
});

// the address

test('a state goes into an address and comes back', () => {
  const pose = STANDING.map((k, j) => (j === 4 ? [-1, -1] : k));
  const state = {
    step: 4,
    person: 0,
    pose,
    gates: ['shut', 'learned', 'open', 'average'],
    bottleneck: 'from:3 upside-down 1>2',
  };
  assert.deepEqual(addressFrom(`#${addressText(state)}`), state);
  assert.deepEqual(poseFrom(poseText(pose)), pose);
  assert.equal(addressText({ gates: Array(4).fill('learned'), bottleneck: 'learned' }), '');
});

test('an address that cannot be read is left out, part by part', () => {
  assert.deepEqual(addressFrom('#step=4&person=no&pose=1_2.x&gates=abcd'), { step: 4 });
  assert.deepEqual(addressFrom('#step=0&gates=lll'), {});
  assert.deepEqual(addressFrom(''), {});
});

// the past

test('undo, redo, and a drag that is one step', () => {
  let past = newPast('a');
  past = changed(past, 'b');
  past = changed(past, 'c', false);
  assert.equal(stepBack(past).now, 'a');
  assert.equal(stepForward(stepBack(past)).now, 'c');
  assert.equal(stepForward(past), past);
  assert.deepEqual(changed(stepBack(past), 'd').after, []);
});

// colours, presets, steps, texts

test('nothing is black, all is nearly white, and between them it gets lighter', () => {
  const light = [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => {
    const [r, g, b] = colours.gateColour(v);
    return 0.21 * r + 0.72 * g + 0.07 * b;
  });
  assert.ok(light[0] < 12 && light[5] > 250);
  assert.deepEqual(
    [...light].sort((a, b) => a - b),
    light,
  );
  const pixels = colours.colouredPixels([0, 5, 10], [0, 10], (t) => [t * 100, 0, 0]);
  assert.deepEqual([...pixels], [0, 0, 0, 255, 50, 0, 0, 255, 100, 0, 0, 255]);
});

test('who stands whole and faces us comes first', () => {
  const back = mirroredPose(STANDING, SIZE).map((_, j, all) => all[OTHER_SIDE[j]]);
  const cut = STANDING.map((k, j) => ([9, 10, 12, 13].includes(j) ? [-1, -1] : k));
  assert.deepEqual(presets.bestFirst([back, cut, STANDING]), [2, 1, 0]);
  assert.equal(presets.isWhole(STANDING), true);
  assert.equal(presets.isWhole(cut), false);
  assert.equal(presets.isWhole(back), false);
  assert.equal(presets.unlike([STANDING, STANDING, cut], 3, 1).length, 1);
  const people = [{ pictures: [{ pose: STANDING }, { pose: cut }] }];
  assert.deepEqual(presets.offeredPoses(people, 0, 2), [
    { pose: cut, known: true },
    { pose: STANDING, known: false },
  ]);
});

const FOLDER = new URL('../../pose_transfer_nb/live/stage/play/texts/', import.meta.url);
const TEXTS = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [
    name.slice(0, 2),
    JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')),
  ]),
);

test('every language has the same keys, the same places, and says whether it was checked', () => {
  assert.deepEqual(Object.keys(TEXTS).sort(), ['de', 'en', 'es', 'zh']);
  const places = (words) => (words.match(/\{\w+\}/g) ?? []).sort();
  for (const [language, words] of Object.entries(TEXTS)) {
    assert.deepEqual(Object.keys(words), Object.keys(TEXTS.en), language);
    for (const key of Object.keys(words)) assert.deepEqual(places(words[key]), places(TEXTS.en[key]), key);
    assert.equal(words.checked, language === 'en' ? 'yes' : 'no');
    assert.ok(Object.values(words).every(Boolean));
  }
});

test('every word that a script asks for is there', () => {
  const folder = new URL('../../pose_transfer_nb/live/stage/play/', import.meta.url);
  const asked = new Set();
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.js')))
    for (const [, key] of readFileSync(new URL(name, folder), 'utf8').matchAll(
      /\b(?:t|say)\(\s*'([\w.-]+)'/g,
    ))
      asked.add(key);
  assert.ok(asked.size > 60);
  assert.deepEqual(
    [...asked].filter((key) => !(key in TEXTS.en)),
    [],
  );
});

test('every step and every question has its words', () => {
  assert.equal(STEPS.length, 9);
  for (const { name, options, right } of STEPS) {
    assert.ok(TEXTS.en[`step.${name}.title`]);
    assert.ok(right <= options);
    for (let i = 1; i <= options; i++) assert.ok(TEXTS.en[`step.${name}.${i}`]);
    assert.ok(!options || TEXTS.en[`step.${name}.answer`]);
  }
  QUIZ.forEach(({ options, right }, q) => {
    for (let i = 0; i <= options; i++) assert.ok(TEXTS.en[`quiz.${q + 1}.${i}`]);
    assert.ok(right >= 1 && right <= options);
  });
  assert.equal(stepWithin(0), 1);
  assert.equal(stepWithin(99), 9);
  assert.deepEqual(shares([3, 1, 0]), [75, 25, 0]);
  assert.deepEqual(shares([0, 0]), [0, 0]);
});

test('the first language that there is, filled in', () => {
  assert.equal(languageFrom([null, 'fr-FR', 'es-MX', 'de'], TEXTS), 'es');
  assert.equal(languageFrom(['fr'], TEXTS), 'en');
  const t = speaker({ en: { a: 'of {n}', b: 'only here' }, de: { a: 'von {n}' } }, 'de');
  assert.equal(t('a', { n: 3 }), 'von 3');
  assert.equal(t('b'), 'only here');
  assert.equal(t('a'), 'von …');
});

// films and lines

test('a film has as many frames as were given', () => {
  const frame = (v) => ({ data: new Uint8ClampedArray(4 * 12 * 16).fill(v) });
  const bytes = gifOf([frame(0), frame(120), frame(255)], [16, 12], 0.1);
  assert.equal(String.fromCharCode(...bytes.slice(0, 6)), 'GIF89a');
  assert.deepEqual([...bytes.slice(6, 10)], [12, 0, 16, 0]);
  assert.equal(bytes.at(-1), 0x3b);
  assert.equal(bytes.filter((v, i) => v === 0x21 && bytes[i + 1] === 0xf9 && bytes[i + 2] === 4).length, 3);
});

test('lines of Python name the state', () => {
  const lines = pythonLines({
    picture: 'imgp0301_02',
    other: 'imgp0310_00',
    pose: STANDING.map((k, j) => (j === 4 ? [-1, -1] : k)),
    gates: ['shut', 'open', 'average', 'learned'],
    bottleneck: 'from:3 upside-down 1>2 average',
  });
  for (const part of ["'zero', 'one', 'its mean', 'as learned'", '[-1, -1]', 'flip(-2)', "'imgp0310_00'"])
    assert.ok(lines.includes(part), part);
  assert.ok(lines.split('\n').every((line) => line.length <= 110));
});
