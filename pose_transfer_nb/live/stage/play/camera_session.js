// From the tap to Stop: opens the camera or a file, loads what finds the landmarks, counts down, and follows.
import { MISSING } from '../pose.js';
import { acceptDrops, MEGABYTE } from './camera_dialog.js';
import { cameraPanel } from './camera_panel.js';
import { danceAt } from './dance.js';
import { follow } from './follower.js';
import { cameraFootage, fileFootage } from './footage.js';
import { cutPose, isThere, jointsOf, mirroredJoints, scaledJoints } from './landmarks.js';
import { smoother } from './one_euro.js';
import { poseTaker } from './pose_taker.js';

const COUNTED = 3; // seconds before the mannequin follows
const DANCE = 60; // milliseconds between two poses of the dance

export function cameraSession({
  t,
  desk,
  flow,
  signal, // ends when the views are built anew
  load, // function of `onProgress`: a promise of an estimator (estimator.js)
  dance, // dance.json
  onFile, // called with a file that is dropped on the page
}) {
  const { page } = desk.ui;
  const { size } = flow;
  const opener = document.activeElement;
  const over = new AbortController();
  let footage = null;
  const panel = cameraPanel(page, t, {
    onFreeze: () => taker.setFrozen(!taker.isFrozen()),
    onFit: () => taker.toggleFitted(),
    onStop: stop,
  });
  const taker = poseTaker(desk, flow, t, panel);
  page.classList.add('pp-posing');
  desk.result.stage.addEventListener('pointerdown', () => taker.setFrozen(true), { signal: over.signal });
  page.querySelector('.pp-tabs')?.addEventListener('click', panel.setAside, { signal: over.signal });
  acceptDrops(page, onFile, over.signal);
  signal.addEventListener('abort', stop, { signal: over.signal });
  panel.stop.focus();

  function stop() {
    if (over.signal.aborted) return;
    over.abort();
    footage?.end();
    panel.remove();
    page.classList.remove('pp-posing');
    opener?.focus?.();
  }

  // The network of the page, which must be there first.
  function answering() {
    return flow.isLive() ? Promise.resolve() : new Promise((done) => flow.on('engine', done));
  }

  async function run(open, words, trouble) {
    panel.setState('loading');
    panel.say(t(words));
    let step = trouble; // what does not work if there is an error now
    try {
      footage = await open();
      if (over.signal.aborted) return footage.end();
      step = 'camera.broken';
      panel.setFootage({ element: footage.element, size: footage.size(), mirrored: footage.mirrored });
      const estimator = await load(tellProgress);
      await answering();
      if (footage.mirrored) await countDown();
      if (over.signal.aborted) return;
      panel.setState('live');
      await follow(footage, estimator, { onFound: foundWith(smoother(isThere)), signal: over.signal });
    } catch (error) {
      footage?.end();
      if (!over.signal.aborted) refuse(step, error.message || error.name);
    }
  }

  function tellProgress({ loaded, total }) {
    const inMegabytes = (n) => (n / MEGABYTE).toFixed(1);
    panel.say(t('camera.loading', { loaded: inMegabytes(loaded), total: inMegabytes(total) }));
  }

  async function countDown() {
    panel.setState('counting');
    panel.say(t('camera.stand'));
    for (let n = COUNTED; n > 0 && !over.signal.aborted; n--) {
      panel.countDown(n);
      await new Promise((done) => setTimeout(done, 1000));
    }
    panel.countDown(null);
  }

  // From what the estimator says of a picture to the pose, smoothed by `smooth`.
  function foundWith(smooth) {
    let before = null;
    return ({ lost, landmarks, time, size: seen }) => {
      if (!taker.isFrozen()) panel.setState(lost ? 'lost' : 'live');
      before = lost ? null : jointsOf(landmarks, before);
      panel.showJoints(lost ? null : cutPose(before, seen));
      if (lost && !taker.isFrozen()) panel.say(t('camera.lost'));
      if (lost) return;
      const joints = scaledJoints(before, seen, size);
      const shown = footage.mirrored ? mirroredJoints(joints, size) : joints;
      taker.take(footage.still ? shown : smooth(shown, time));
    };
  }

  // It does not go this way: say why, and offer the dance.
  function refuse(key, why) {
    panel.setState('trouble');
    panel.say(t(key, { why }));
    panel.offer(t('camera.dance'), 'dance', dancing);
  }

  async function dancing() {
    panel.setState('loading');
    panel.setFootage({ size });
    await answering();
    if (over.signal.aborted) return;
    panel.setState('live');
    const start = performance.now();
    const timer = setInterval(() => {
      const joints = danceAt(dance, (performance.now() - start) / 1000, size);
      panel.showJoints(joints.map((k) => (isThere(k) ? k : MISSING)));
      taker.take(joints);
    }, DANCE);
    over.signal.addEventListener('abort', () => clearInterval(timer));
  }

  function unplugged() {
    footage?.end();
    if (!over.signal.aborted) refuse('camera.refused', t('camera.ended'));
  }

  return {
    stop,
    dance: dancing,
    camera: () => run(() => cameraFootage(t('camera.none'), unplugged), 'camera.asking', 'camera.refused'),
    file: (file) => run(() => fileFootage(file), 'camera.opening', 'camera.unreadable'),
  };
}
