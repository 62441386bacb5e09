// What is drawn when the network answers: masks, picture, the bottleneck's cells, and a second picture in
// the corner.
import { bottleneckFrom } from './bottleneck.js';
import { meanChanges } from './gates.js';
import { canvasOf, spread } from './sheets.js';

export function sightsOf({
  flow,
  state,
  shown,
  gates,
  ribbon,
  bottleneck,
  source,
  result,
  inspector,
  large,
  point,
  t,
}) {
  const { size } = flow;
  let kept = null; // an answer to compare with
  let used = null; // the masks that are drawn
  let learned = null; // and what they are without the valves
  let lastChanges = null; // of the learned masks, by the last move
  let pieces = null; // what the bottleneck shows: person, bottleneck, channel
  let person = null; // whose source picture is drawn

  flow.on('masks', (answer) => {
    drawMasks(answer);
    for (const gate of gates) gate.setPose(answer.state.pose);
    if (used) ribbon.pulse(meanChanges(answer.used, used));
    if (learned) noteChanges(meanChanges(answer.masks, learned));
    used = answer.used;
    learned = answer.masks;
    large.refresh(used, answer.state);
    point.refresh();
  });

  flow.on('picture', (answer) => {
    result.showPicture(canvasOf(answer.picture, size));
    if (shown.channel !== null) bottleneck.showChannel(answer.features, shown.channel);
    showInset();
    point.refresh();
  });

  function noteChanges(changes) {
    if (changes.some((v) => v > 1e-6)) lastChanges = changes;
  }

  function drawMasks(answer) {
    gates.forEach((gate, i) => {
      const channel = i === 0 ? shown.channel : null;
      if (shown.difference && kept) gate.showDifference(answer.used[i], kept.used[i], channel);
      else gate.show(answer.used[i], answer.masks[i], channel);
    });
  }

  async function showPerson(number) {
    if (person === number) return;
    person = number;
    const numbers = await flow.picture(number);
    if (person === number) spread(source.canvas, canvasOf(numbers, size), true);
  }

  // The bottleneck's cells come from this person's picture, or from another's.
  async function showPieces() {
    const text = JSON.stringify([state().person, state().bottleneck, shown.channel]);
    if (text === pieces) return;
    pieces = text;
    const now = bottleneckFrom(state().bottleneck);
    const answer = flow.newest();
    if (shown.channel !== null && answer) bottleneck.showChannel(answer.features, shown.channel);
    else bottleneck.showPieces(canvasOf(await flow.picture(now.from ?? state().person), size), now);
  }

  // In the corner: the picture that was kept, or the truth where it is known.
  function showInset() {
    if (shown.difference && kept) result.setInset(canvasOf(kept.picture, size), t('inset.kept'));
    else if (shown.truth) showTruth();
    else if (!shown.other) result.setInset(null);
  }

  async function showTruth() {
    const { person: number, pose } = state();
    const text = JSON.stringify(pose);
    const found = flow.personOf(number).pictures.find((p) => JSON.stringify(p.pose) === text);
    if (!found) {
      result.setInset(null);
      inspector.readout.textContent = t('truth.unknown');
      return;
    }
    const numbers = await flow.numbersOf(found.picture);
    if (shown.truth) result.setInset(canvasOf(numbers, size), t('inset.truth'));
  }

  return {
    showPerson,
    showPieces,
    showInset,
    lastChanges: () => lastChanges,
    usedMasks: () => used,
    hasKept: () => kept !== null,

    keep() {
      kept = flow.newest();
    },

    redraw() {
      const answer = flow.newest();
      if (answer) drawMasks(answer);
    },

    // Stored answers, before the network is there.
    showStored(sheets, pose) {
      gates.forEach((gate, i) => {
        if (sheets) gate.showSheet(sheets[i]);
        gate.setPose(pose);
      });
    },
  };
}
