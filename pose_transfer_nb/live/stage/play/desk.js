// The page, put together: one state, the views that show it, and the hands that change it.
import { isSeen, withJoint } from '../pose.js';
import { bottleneckFrom, bottleneckText, LEARNED, withMove, withTurn } from './bottleneck.js';
import { bottleneckView } from './bottleneck_view.js';
import { chooseByFace, choosePose } from './choosing.js';
import { drawingView } from './drawing.js';
import { frameOf, inspectorView, posesView, sourceView } from './frame.js';
import { gateDialog } from './gate_dialog.js';
import { gateView } from './gate_view.js';
import { firstShut, GATE_STATES, meanChanges } from './gates.js';
import { grasp } from './grasp.js';
import { changed, newPast, stepBack, stepForward } from './past.js';
import { pointing } from './pointing.js';
import { bestFirst, unlike } from './presets.js';
import { resultView } from './result.js';
import { ribbonView } from './ribbon.js';
import { canvasOf, spread } from './sheets.js';
import { mirroredPose } from './skeleton.js';
import { peopleStrip, poseStrip } from './strips.js';
import { neckTools, resultTools } from './tools.js';

const FEW_PEOPLE = 14;
const FEW_POSES = 7;
const GRIDS = [4, 3, 2, 1]; // halvings of each gate, coarsest first

export function desk(el, flow, { t, start, onState = () => {}, stop }) {
  const { people, size } = flow;
  const grids = GRIDS.map((k) => size.map((side) => side >> k));
  const ui = frameOf(el, size, t);
  const ribbon = ribbonView(ui.net);
  const source = sourceView(ui.left, size, t);
  const strip = peopleStrip(ui.left, people, FEW_PEOPLE, { t, onChoose: choosePerson, openAll: openPeople });
  const poses = posesView(ui.net, size, t);
  const neck = neckTools(ui.net, t, {
    turn,
    exchange,
    reset: () => set({ bottleneck: 'learned' }),
    setChannel,
  });
  const inspector = inspectorView(ui.net, t);
  const result = resultView(ui.right, size, t);
  const tools = resultTools(ui.right, t, { undo, redo, mirror, hide, toggle, keep });
  const presets = poseStrip(ui.right, size, { t, onChoose: choosePreset });
  const large = gateDialog(el, size, t);
  const drawing = drawingView(el, flow, { t, onClose: () => {} });
  let past = newPast(start);
  let offered = []; // poses in the strip: { pose, known }
  let selected = 4; // the joint that was touched last
  let places = start.pose; // where joints were when they were last seen
  let kept = null; // an answer to compare with
  let lastChanges = null; // of the masks, by the last move
  let before = null; // the masks that were drawn last
  let learned = null; // and what they are without the valves
  let picture = null; // the source, as a canvas
  const shown = { skeleton: true, traced: true, truth: false, difference: false, channel: null };

  const state = () => past.now;
  const gates = grids.map((grid, i) => {
    const view = gateView(ui.net, i, grid, size, {
      t,
      onState: setGate,
      onPoint: (...a) => point.gate(...a),
      onEnlarge,
    });
    view.box.style.setProperty('--i', i);
    return view;
  });
  const bottleneck = bottleneckView(neck.place, grids[0], size, {
    t,
    onMove: moveCell,
    onPoint: (...a) => point.cell(...a),
  });
  const point = pointing({
    size,
    gates,
    grids,
    source,
    poses,
    result,
    inspector,
    t,
    newest: flow.newest,
    shown,
  });
  grasp(result, size, { pose: () => state().pose, move, hide, select });

  // Another state. `first`: it begins a step that undo returns to.
  function set(some, first = true) {
    past = changed(past, { ...state(), ...some }, first);
    places = places.map((k, j) => (isSeen(state().pose[j]) ? state().pose[j] : k));
    show();
  }

  function show() {
    const now = state();
    const here = flow.personOf(now.person).pictures[0].pose;
    result.showPose(now.pose);
    poses.cards[0].show(here);
    poses.cards[1].show(now.pose);
    gates.forEach((gate, i) => {
      gate.setState(now.gates[i]);
      gate.setPose(now.pose);
    });
    ribbon.setShut(firstShut(now.gates));
    neck.setBottleneck(bottleneckFrom(now.bottleneck));
    presets.mark(now.pose);
    tools.setState({ ...shown, canUndo: past.before.length > 0, canRedo: past.after.length > 0 });
    tools.setMissing(now.pose, (joint) => bringBack(joint));
    showPerson(now.person);
    showPieces();
    flow.ask(now);
    onState(now);
  }

  let person = null;
  async function showPerson(number) {
    if (person === number) return;
    person = number;
    strip.mark(number);
    offerPoses();
    const numbers = await flow.picture(number);
    if (person !== number) return;
    picture = canvasOf(numbers, size);
    spread(source.canvas, picture, true);
    showPieces();
  }

  // The bottleneck's cells come from this person's picture, or from another's.
  async function showPieces() {
    const now = bottleneckFrom(state().bottleneck);
    const answer = flow.newest();
    if (shown.channel !== null && answer) bottleneck.showChannel(answer.features, shown.channel);
    else bottleneck.showPieces(canvasOf(await flow.picture(now.from ?? state().person), size), now);
  }

  // This person's own other poses come first, since the truth is known there.
  function offerPoses() {
    const own = flow
      .personOf(person)
      .pictures.slice(1)
      .map(({ pose }) => ({ pose, known: true }));
    const all = people.flatMap(({ pictures }) => pictures.map(({ pose }) => pose));
    const best = unlike(
      bestFirst(all).map((i) => all[i]),
      FEW_POSES,
      7,
    );
    const known = bestFirst(own.map(({ pose }) => pose)).map((i) => own[i]);
    offered = [...known.slice(0, 3), ...best.map((pose) => ({ pose, known: false }))].slice(0, FEW_POSES);
    presets.draw(offered);
    presets.mark(state().pose);
  }

  flow.on('masks', ({ state: asked, masks, used }) => {
    gates.forEach((gate, i) => {
      const channel = i === 0 ? shown.channel : null;
      if (shown.difference && kept) gate.showDifference(used[i], kept.used[i], channel);
      else gate.show(used[i], masks[i], channel);
      gate.setPose(asked.pose);
    });
    if (before) {
      const changes = meanChanges(used, before);
      ribbon.pulse(changes);
      const moves = meanChanges(masks, learned);
      if (moves.some((v) => v > 1e-6)) lastChanges = moves;
    }
    before = used;
    learned = masks;
    large.refresh(used, asked.pose);
    point.refresh();
  });

  flow.on('picture', (answer) => {
    result.showPicture(canvasOf(answer.picture, size));
    if (shown.channel !== null) bottleneck.showChannel(answer.features, shown.channel);
    showInset();
    point.refresh();
  });

  // In the corner: the truth where it is known, or the picture that was kept.
  function showInset() {
    if (shown.difference && kept) result.setInset(canvasOf(kept.picture, size), t('inset.kept'));
    else if (shown.truth) showTruth();
    else result.setInset(null);
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

  // Before the network is there, only the stored places can be reached.
  let stored = null;
  function move(pose, first) {
    if (flow.isLive() || !stored) set({ pose }, first);
    else {
      stored.take(pose[4]);
      set({ pose: stored.nearest(pose[4]) }, first);
    }
  }
  function undo() {
    past = stepBack(past);
    show();
  }
  function redo() {
    past = stepForward(past);
    show();
  }
  function mirror() {
    set({ pose: mirroredPose(state().pose, size) });
  }
  function select(joint) {
    selected = joint;
    tools.setJoint(t(`joint.${joint}`));
  }
  function hide(joint = selected) {
    if (isSeen(state().pose[joint])) set({ pose: withJoint(state().pose, joint, [-1, -1]) });
  }
  function bringBack(joint) {
    const place = isSeen(places[joint]) ? places[joint] : [size[1] / 2, size[0] / 2];
    set({ pose: withJoint(state().pose, joint, place) });
  }
  function choosePerson(number) {
    set({ person: number });
  }
  function choosePreset(i) {
    set({ pose: offered[i].pose });
  }
  function setGate(i, way) {
    set({ gates: state().gates.map((old, k) => (k === i ? way : old)) });
  }
  function turn(way) {
    set({ bottleneck: bottleneckText(withTurn(bottleneckFrom(state().bottleneck), way)) });
  }
  function moveCell(from, to) {
    set({ bottleneck: bottleneckText(withMove(bottleneckFrom(state().bottleneck), from, to)) });
  }
  function exchange() {
    chooseByFace(el, people, t('neck.exchange.title'), t, (from) => {
      const other = from === state().person ? null : from;
      set({ bottleneck: bottleneckText({ ...bottleneckFrom(state().bottleneck), from: other }) });
    });
  }
  function openPeople() {
    chooseByFace(el, people, t('people.label'), t, choosePerson);
  }
  function openPoses() {
    const all = people.flatMap(({ pictures }) => pictures.map(({ pose }) => pose));
    choosePose(
      el,
      bestFirst(all)
        .slice(0, 60)
        .map((i) => all[i]),
      size,
      t,
      (pose) => set({ pose }),
    );
  }
  function onEnlarge(i) {
    if (before) large.open(i, before[i], state().pose, gates[i].limits());
  }
  function setChannel(channel) {
    shown.channel = channel;
    showPieces();
    redrawMasks();
  }
  function redrawMasks() {
    const answer = flow.newest();
    if (!answer) return;
    gates.forEach((gate, i) => {
      const channel = i === 0 ? shown.channel : null;
      if (shown.difference && kept) gate.showDifference(answer.used[i], kept.used[i], channel);
      else gate.show(answer.used[i], answer.masks[i], channel);
    });
  }

  function toggle(name, on = !shown[name]) {
    shown[name] = on;
    if (name === 'difference' && on && !kept) keep();
    result.setSkeleton(shown.skeleton);
    ui.net.classList.toggle('pp-untraced', !shown.traced);
    tools.setState({ ...shown, canUndo: past.before.length > 0, canRedo: past.after.length > 0 });
    redrawMasks();
    showInset();
  }
  function keep() {
    kept = flow.newest();
    toggle('difference', true);
  }

  function lay() {
    const boxes = (views) => views.map((view) => view.getBoundingClientRect());
    ribbon.lay({
      frame: ui.net.getBoundingClientRect(),
      bottleneck: bottleneck.frame.getBoundingClientRect(),
      valves: boxes(gates.map(({ valve }) => valve)),
      masks: boxes(gates.map(({ frame }) => frame)),
      result: result.stage.getBoundingClientRect(),
      poses: poses.pair.getBoundingClientRect(),
    });
  }
  const observer = new ResizeObserver(lay);
  observer.observe(ui.page);
  stop.addEventListener('abort', () => observer.disconnect());
  result.inset.addEventListener('click', () => result.inset.classList.toggle('pp-wide'));
  presets.onMore(openPoses);

  return {
    ui,
    state,
    set,
    show,
    toggle,
    lay,
    undo,
    redo,
    result,
    drawing,
    shown: () => shown,
    lastChanges: () => lastChanges,
    setStored(view) {
      stored = view;
    },
    showStored(sheets, pose) {
      if (sheets) gates.forEach((gate, i) => gate.showSheet(sheets[i]));
      for (const gate of gates) gate.setPose(pose);
      poses.cards[1].show(pose);
    },
    parts: { result: result.stage, gates: ui.net, people: strip.box, bottleneck: neck.box, poses: poses.box },
  };
}

// The state of a page that nobody has touched.
export function firstState(people, person, pose) {
  return { person, pose, gates: GRIDS.map(() => GATE_STATES[0]), bottleneck: bottleneckText(LEARNED) };
}
