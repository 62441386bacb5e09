// The state of the page in its address, behind the #, so that it can be sent to somebody.
import { isSeen } from '../pose.js';
import { ENGINES } from './choices.js';
import { gatesFrom, gatesText } from './gates.js';

// A pose as a text that may stand in an address: tenths of pixels, `x` for a missing joint.
export function poseText(pose) {
  return pose.map((k) => (isSeen(k) ? k.map((v) => Math.round(10 * v)).join('_') : 'x')).join('.');
}

// The pose of such a text; null where it is none.
export function poseFrom(text) {
  const pose = text.split('.').map((k) => (k === 'x' ? [-1, -1] : k.split('_').map((v) => Number(v) / 10)));
  const isRight = ([x, y], _, { length }) => length === 18 && Number.isFinite(x) && Number.isFinite(y);
  return pose.every(isRight) ? pose : null;
}

// Only what differs from the first state is written.
export function addressText({ step, person, pose, gates, bottleneck, engine }) {
  const parts = [];
  if (step) parts.push(`step=${step}`);
  if (person !== undefined) parts.push(`person=${person}`);
  if (pose) parts.push(`pose=${poseText(pose)}`);
  if (gates?.some((state) => state !== 'learned')) parts.push(`gates=${gatesText(gates)}`);
  if (bottleneck && bottleneck !== 'learned') parts.push(`bottleneck=${encodeURIComponent(bottleneck)}`);
  if (ENGINES.includes(engine)) parts.push(`engine=${engine}`);
  return parts.join('&');
}

// What an address says; whatever cannot be read is left out.
export function addressFrom(text) {
  const given = new URLSearchParams(text.replace(/^#/, ''));
  const found = {
    step: countFrom(given.get('step'), 1),
    person: countFrom(given.get('person'), 0),
    pose: poseFrom(given.get('pose') ?? ''),
    gates: gatesFrom(given.get('gates') ?? ''),
    bottleneck: given.get('bottleneck'),
    engine: ENGINES.find((name) => name === given.get('engine')) ?? null,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
}

// A whole number not below `least`; null for anything else.
function countFrom(text, least) {
  const count = Number(text);
  return text && Number.isInteger(count) && count >= least && count < 10_000 ? count : null;
}

// Does this address lead to this machine alone, or to a file? No other machine can open it then.
export function isAlone({ protocol, hostname }) {
  return !/^https?:$/.test(protocol) || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
