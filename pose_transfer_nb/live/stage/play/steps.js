// The guided way: nine steps. Each says what to do, asks for a prediction, and answers after a vote.
//
//   part     what the step is about, which is marked on the page: result, gates, people, bottleneck
//   options  how many answers there are to choose from; their words are `step.NAME.1`, ...
//   right    the one that the measurement supports
//   before   the state when the step begins, and `shown` what is drawn besides
//   after    the state that the answer shows
//   counts   which numbers the answer needs (numbers.js)

export const STEPS = [
  { name: 'hand', part: 'result', options: 3, right: 3, shown: { skeleton: true } },
  { name: 'gates', part: 'gates', options: 3, right: 3, shown: { skeleton: true }, counts: 'lastChanges' },
  {
    name: 'person',
    part: 'gates',
    options: 3,
    right: 3,
    after: { bottleneck: 'other' },
    counts: 'othersMasks',
  },
  { name: 'find', part: 'gates', options: 4, right: 4, shown: { traced: false }, answered: { traced: true } },
  { name: 'open', part: 'gates', options: 3, right: 1, after: { gates: ['open', 'open', 'open', 'open'] } },
  {
    name: 'shut',
    part: 'gates',
    options: 3,
    right: 3,
    after: { gates: ['shut', 'learned', 'learned', 'learned'] },
    counts: 'twoPeople',
  },
  { name: 'shirt', part: 'bottleneck', options: 3, right: 2, after: { bottleneck: 'upside-down' } },
  { name: 'fails', part: 'result', options: 3, right: 2, shown: { truth: true, knownPose: true } },
  { name: 'quiz', part: null, options: 0, right: 0 },
];

// Five questions to end with: the number of the right answer of each; the words are `quiz.1.0` (the
// question), ...
export const QUIZ = [
  { options: 3, right: 2 },
  { options: 3, right: 1 },
  { options: 3, right: 3 },
  { options: 3, right: 1 },
  { options: 3, right: 2 },
];

// A step's number, from 1, that there is.
export function stepWithin(number) {
  return Math.max(1, Math.min(STEPS.length, number));
}

// The share of each answer among hands that were counted, in hundredths.
export function shares(hands) {
  const all = hands.reduce((sum, n) => sum + n, 0);
  return hands.map((n) => (all ? Math.round((100 * n) / all) : 0));
}
