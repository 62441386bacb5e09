// The numbers in a step's answer, measured with the network on the spot.
import { countChanged, countNumbers } from './gates.js';

// state: the one on the screen; lastChanges: how much the last move changed each mask; other: another person.
export function measurements(flow, { state, lastChanges, otherOf }) {
  const grouped = (n) => n.toLocaleString('en-US').replaceAll(',', '\u2009');

  const measured = {
    async lastChanges() {
      const changes = lastChanges();
      const words = changes ? changes.map((v) => v.toFixed(3)) : ['?', '?', '?', '?'];
      return { a: words[0], b: words[1], c: words[2], d: words[3] };
    },

    // Another person's picture, the same two poses: how many numbers of the masks are others?
    async othersMasks() {
      const one = await flow.peek({ ...state(), bottleneck: 'learned' }, { masksAlone: true });
      const two = await flow.peek({ ...state(), bottleneck: `from:${otherOf()}` }, { masksAlone: true });
      return { changed: grouped(countChanged(one.masks, two.masks)), all: grouped(countNumbers(one.masks)) };
    },

    // Two people behind a shut gate: how many numbers of the picture differ?
    async twoPeople() {
      const gates = ['shut', 'learned', 'learned', 'learned'];
      const one = await flow.peek({ ...state(), gates, bottleneck: 'learned' });
      const two = await flow.peek({ ...state(), gates, bottleneck: `from:${otherOf()}` });
      const pictures = [{ data: one.picture }];
      const changed = countChanged(pictures, [{ data: two.picture }]);
      return { changed: grouped(changed), all: grouped(countNumbers(pictures)), picture: two.picture };
    },
  };

  return async (name) => (name && flow.isLive() ? measured[name]() : {});
}
