// What one can do to the state: each deed gives another one to `set`.
import { isSeen, withJoint } from '../pose.js';
import { bottleneckFrom, bottleneckText, withMove, withTurn } from './bottleneck.js';
import { chooseByFace, choosePose } from './choosing.js';
import { bestFirst } from './presets.js';
import { mirroredPose } from './skeleton.js';

const ALL_POSES = 60;

export function deedsOf({ el, flow, t, state, set }) {
  const { people, size } = flow;
  let hidden = []; // joints that were hidden by hand
  let places = state().pose; // where joints were when they were last seen
  let selected = 4; // the joint that was touched last

  const bottleneck = (change) =>
    set({ bottleneck: bottleneckText(change(bottleneckFrom(state().bottleneck))) });

  return {
    // Joints that are hidden by hand, now that there is another pose.
    hiddenIn(pose) {
      places = places.map((k, j) => (isSeen(pose[j]) ? pose[j] : k));
      hidden = hidden.filter((joint) => !isSeen(pose[joint]));
      return hidden;
    },

    select(joint) {
      selected = joint;
    },

    hide(joint = selected) {
      if (!isSeen(state().pose[joint])) return;
      hidden = [...hidden, joint];
      set({ pose: withJoint(state().pose, joint, [-1, -1]) });
    },

    bringBack(joint) {
      const place = isSeen(places[joint]) ? places[joint] : [size[1] / 2, size[0] / 2];
      set({ pose: withJoint(state().pose, joint, place) });
    },

    mirror: () => set({ pose: mirroredPose(state().pose, size) }),
    choosePerson: (person) => set({ person }),
    setGate: (i, way) => set({ gates: state().gates.map((old, k) => (k === i ? way : old)) }),
    turn: (way) => bottleneck((now) => withTurn(now, way)),
    moveCell: (from, to) => bottleneck((now) => withMove(now, from, to)),
    reset: () => set({ bottleneck: 'learned' }),

    // The bottleneck of somebody else, whoever is chosen.
    exchange() {
      chooseByFace(el, people, t('neck.exchange.title'), t, (from) =>
        bottleneck((now) => ({ ...now, from: from === state().person ? null : from })),
      );
    },

    openPeople() {
      chooseByFace(el, people, t('people.label'), t, (person) => set({ person }));
    },

    openPoses() {
      const all = people.flatMap(({ pictures }) => pictures.map(({ pose }) => pose));
      const best = bestFirst(all).slice(0, ALL_POSES);
      choosePose(
        el,
        best.map((i) => all[i]),
        size,
        t,
        (pose) => set({ pose }),
      );
    },
  };
}
