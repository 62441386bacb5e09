// The guided way and the page: what a step prepares, what its answer shows, and the numbers in it.
import { guideView } from './guide.js';
import { measurements } from './numbers.js';
import { bestFirst } from './presets.js';
import { canvasOf } from './sheets.js';
import { STEPS, stepWithin } from './steps.js';

const CLEAN = { gates: ['learned', 'learned', 'learned', 'learned'], bottleneck: 'learned' };

export function tour(parent, desk, flow, { t, onStep }) {
  const measured = measurements(flow, { state: desk.state, lastChanges: desk.lastChanges, otherOf });
  const guide = guideView(parent, {
    t,
    onStep: goTo,
    onAnswer: answer,
    numbersOf: async (step) => {
      const numbers = await measured(STEPS[step - 1].counts);
      if (numbers.picture) desk.toggle('other', true);
      if (numbers.picture) desk.result.setInset(canvasOf(numbers.picture, flow.size), t('inset.other'));
      return numbers;
    },
  });

  // Somebody whose clothes are far from this person's: half the list away.
  function otherOf() {
    const count = flow.people.length;
    return (desk.state().person + Math.max(1, Math.floor(count / 2))) % count;
  }

  function answer(step) {
    const { after, answered } = STEPS[step - 1];
    if (after) desk.set(after.bottleneck === 'other' ? { bottleneck: `from:${otherOf()}` } : after);
    for (const [name, on] of Object.entries(answered ?? {})) desk.toggle(name, on);
  }

  // `prepare`: begin the step as it is meant; not where an address gives a state of its own.
  function goTo(number, prepare = true) {
    const step = stepWithin(number);
    const { shown = {}, part } = STEPS[step - 1];
    if (prepare) {
      desk.toggle('difference', false);
      desk.toggle('truth', Boolean(shown.truth));
      desk.toggle('traced', shown.traced ?? true);
      desk.toggle('skeleton', true);
      const pose = shown.knownPose ? knownPose() : null;
      desk.toggle('other', false);
      desk.set(pose ? { ...CLEAN, pose } : CLEAN, false);
    }
    guide.setStep(step);
    for (const [name, element] of Object.entries(desk.parts))
      element.classList.toggle('pp-mark', name === part);
    onStep(step);
  }

  // Another pose of this person in which they were photographed, the one that shows most of them.
  function knownPose() {
    const others = flow
      .personOf(desk.state().person)
      .pictures.slice(1)
      .map(({ pose }) => pose);
    return others[bestFirst(others)[0]] ?? null;
  }

  return { guide, goTo };
}
