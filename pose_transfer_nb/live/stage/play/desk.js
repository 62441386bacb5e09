// The page, put together: one state, the views that show it, and the hands that change it.
import { bottleneckFrom, bottleneckText, LEARNED } from './bottleneck.js';
import { bottleneckView } from './bottleneck_view.js';
import { deedsOf } from './deeds.js';
import { drawingView } from './drawing.js';
import { frameOf, inspectorView, posesView, sourceView } from './frame.js';
import { gateDialog } from './gate_dialog.js';
import { gateView } from './gate_view.js';
import { firstShut, GATE_STATES } from './gates.js';
import { grasp } from './grasp.js';
import { changed, newPast, stepBack, stepForward } from './past.js';
import { pointing } from './pointing.js';
import { offeredPoses } from './presets.js';
import { resultView } from './result.js';
import { ribbonView } from './ribbon.js';
import { sightsOf } from './sights.js';
import { peopleStrip, poseStrip } from './strips.js';
import { missingView, neckTools, resultTools } from './tools.js';

const FEW_PEOPLE = 14;
const FEW_POSES = 6;
const HALVINGS = [4, 3, 2, 1]; // of each gate, coarsest first

export function desk(el, flow, { t, start, onState = () => {}, stop }) {
  const { people, size } = flow;
  const grids = HALVINGS.map((k) => size.map((side) => side >> k));
  const shown = {
    skeleton: true,
    traced: true,
    truth: false,
    difference: false,
    other: false,
    channel: null,
  };
  let past = newPast(start);
  let offered = []; // poses in the strip: { pose, known }
  let last = {}; // the state that is shown: a part that stays is not drawn again
  let stored = null; // answers for the first seconds (first.js)

  const state = () => past.now;
  const deeds = deedsOf({ el, flow, t, state, set });

  const ui = frameOf(el, size, t);
  const ribbon = ribbonView(ui.net);
  const source = sourceView(ui.left, size, t);
  const { choosePerson, openPeople, openPoses } = deeds;
  const strip = peopleStrip(ui.left, people, FEW_PEOPLE, { t, onChoose: choosePerson, openAll: openPeople });
  const poses = posesView(ui.net, size, t);
  const neck = neckTools(ui.net, t, { ...deeds, setChannel });
  const inspector = inspectorView(ui.net, t);
  const result = resultView(ui.right, size, t);
  const tools = resultTools(ui.right, t, { ...deeds, undo, redo, toggle, keep });
  const missing = missingView(result.stage, t, deeds.bringBack);
  const presets = poseStrip(ui.right, size, {
    t,
    onChoose: (i) => set({ pose: offered[i].pose }),
    openAll: openPoses,
  });
  const large = gateDialog(el, size, { t, onState: deeds.setGate });
  const drawing = drawingView(el, flow, { t });
  const gates = grids.map((grid, i) => {
    const onPoint = (cell) => point.gate(i, cell);
    const view = gateView(ui.net, grid, size, {
      t,
      onState: (way) => deeds.setGate(i, way),
      onPoint,
      onEnlarge,
    });
    view.box.style.setProperty('--i', i);
    view.box.dataset.gate = i;
    return view;
    function onEnlarge() {
      const masks = sights.usedMasks();
      if (masks) large.open(i, masks[i], state(), view.limits());
    }
  });
  const onPoint = (cell) => point.cell(cell);
  const bottleneck = bottleneckView(neck.place, grids[0], size, { t, onMove: deeds.moveCell, onPoint });
  const { newest } = flow;
  const point = pointing({ size, gates, grids, source, poses, result, inspector, t, newest, shown });
  const views = { gates, ribbon, bottleneck, source, result, inspector, large, point };
  const sights = sightsOf({ flow, state, shown, t, ...views });
  grasp(result, size, { pose: () => state().pose, move, hide: deeds.hide, select });

  // Another state; a part of it that is equal to the former one stays the same object. `first`: it begins a
  // step that undo returns to.
  function set(some, first = true) {
    const { gates: former } = state();
    const gatesNow = some.gates && String(some.gates) !== String(former) ? some.gates : former;
    past = changed(past, { ...state(), ...some, gates: gatesNow }, first);
    show();
  }

  function show() {
    const now = state();
    result.showPose(now.pose);
    poses.cards[1].show(now.pose);
    missing.show(deeds.hiddenIn(now.pose));
    showTools();
    if (last.person !== now.person) showPerson(now);
    if (last.gates !== now.gates) showGates(now);
    if (last.bottleneck !== now.bottleneck) neck.setBottleneck(bottleneckFrom(now.bottleneck));
    presets.mark(now.pose);
    sights.showPieces();
    last = now;
    flow.ask(now);
    onState(now);
  }

  function showPerson({ person, pose }) {
    poses.cards[0].show(flow.personOf(person).pictures[0].pose);
    strip.mark(person);
    sights.showPerson(person);
    offered = offeredPoses(people, person, FEW_POSES);
    presets.draw(offered);
    for (const gate of gates) gate.setPose(pose);
  }

  function showGates(now) {
    gates.forEach((gate, i) => {
      gate.setState(now.gates[i]);
    });
    ribbon.setShut(firstShut(now.gates));
  }

  function showTools() {
    tools.setState({ ...shown, canUndo: past.before.length > 0, canRedo: past.after.length > 0 });
  }

  // Before the network is there, only the stored places can be reached.
  function move(pose, first) {
    if (flow.isLive() || !stored) set({ pose }, first);
    else set({ pose: stored.take(pose) }, first);
  }

  function select(joint) {
    deeds.select(joint);
    tools.setJoint(t(`joint.${joint}`));
  }

  function undo() {
    past = stepBack(past);
    show();
  }

  function redo() {
    past = stepForward(past);
    show();
  }

  function setChannel(channel) {
    shown.channel = channel;
    sights.showPieces();
    sights.redraw();
  }

  // What is drawn besides: skeleton, traced (on the masks), truth, difference.
  function toggle(name, on = !shown[name]) {
    shown[name] = on;
    result.setSkeleton(shown.skeleton);
    ui.net.classList.toggle('pp-untraced', !shown.traced);
    showTools();
    sights.redraw();
    sights.showInset();
  }

  function keep() {
    sights.keep();
    toggle('difference', true);
  }

  function lay() {
    const boxOf = (element) => element.getBoundingClientRect();
    ribbon.lay({
      frame: boxOf(ui.net),
      bottleneck: boxOf(bottleneck.frame),
      valves: gates.map(({ valve }) => boxOf(valve)),
      masks: gates.map(({ frame }) => boxOf(frame)),
      result: boxOf(result.stage),
      poses: boxOf(poses.pair),
    });
  }
  const observer = new ResizeObserver(lay);
  observer.observe(ui.net);
  stop.addEventListener('abort', () => observer.disconnect());
  result.inset.addEventListener('click', () => result.inset.classList.toggle('pp-wide'));

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
    lastChanges: sights.lastChanges,
    parts: { result: result.stage, gates: ui.net, bottleneck: neck.box },

    setStored(view) {
      stored = view;
    },

    showStored(sheets, pose) {
      sights.showStored(sheets, pose);
      poses.cards[1].show(pose);
    },
  };
}

// The state of a page that nobody has touched.
export function firstState(person, pose) {
  return { person, pose, gates: HALVINGS.map(() => GATE_STATES[0]), bottleneck: bottleneckText(LEARNED) };
}
