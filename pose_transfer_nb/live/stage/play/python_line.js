// The lines of Python that make the same picture in a notebook.
import { isSeen } from '../pose.js';
import { bottleneckFrom } from './bottleneck.js';

const SWITCH = { learned: 'as learned', open: 'one', average: 'its mean', shut: 'zero' };

// picture: name of the source picture in the data set; other: that of the person in `from:` of the bottleneck
export function pythonLines({ picture, other = null, pose, gates, bottleneck }) {
  const { from, turns, moves } = bottleneckFrom(bottleneck);
  const lines = [
    'import torch',
    'from pose_transfer_nb.ground.pictures import as_image',
    'from pose_transfer_nb.mannequins import mannequins',
    'from pose_transfer_nb.transfer import PoseTransfer, knock_out',
    'model = PoseTransfer.from_pretrained()',
    "people = mannequins('test', model.size)",
    `picture, here = people.load(people.ids.index('${picture}'))`,
    `there = torch.tensor(${poseLiteral(pose)})`,
  ];
  const who = from === null ? 'picture' : `people.load(people.ids.index('${other}'))[0]`;
  lines.push(`features = model.encode(${who})`);
  if (turns.includes('upside-down')) lines.push('features = features.flip(-2)');
  if (turns.includes('mirrored')) lines.push('features = features.flip(-1)');
  for (const [a, b] of moves) lines.push(moveLine(a, b));
  if (turns.includes('average'))
    lines.push('features = features.mean((-2, -1), keepdim=True).expand_as(features)');
  const switches = gates.map((state) => `'${SWITCH[state]}'`).join(', ');
  lines.push(`switches = [${switches}]`);
  lines.push('masks = knock_out(model.masks(torch.as_tensor(here), there), switches)');
  lines.push('as_image(model.decode(features, masks)[0])');
  return lines.join('\n');
}

function moveLine(a, b) {
  return `features.flatten(2)[..., ${b}] = features.flatten(2)[..., ${a}]  # a cell onto another`;
}

function poseLiteral(pose) {
  const number = (v) => String(Math.round(10 * v) / 10);
  const joints = pose.map((k) => (isSeen(k) ? `[${number(k[0])}, ${number(k[1])}]` : '[-1, -1]'));
  const rows = [0, 6, 12].map((i) => joints.slice(i, i + 6).join(', '));
  return `[\n    ${rows.join(',\n    ')}]`;
}
