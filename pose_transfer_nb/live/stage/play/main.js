// The page: `start` gets what the writer put into it, builds the views, and wakes the network.
import { add } from '../elements.js';
import { speedOf } from '../speed.js';
import { addressFrom, addressText } from './address.js';
import { bottleneckFrom, bottleneckText } from './bottleneck.js';
import { browserEngine } from './browser_engine.js';
import { CHOICES } from './choices.js';
import { desk as deskOf, firstState } from './desk.js';
import { firstView } from './first.js';
import { flow as flowOf } from './flow.js';
import { GATE_STATES } from './gates.js';
import { chooseLanguage, headerButtons, saveMenu } from './header.js';
import { remember, remembered, writeAddress } from './memory.js';
import { phoneView } from './phone.js';
import { farthestWhole } from './presets.js';
import { teacherView } from './teacher.js';
import { languageFrom, speaker } from './texts.js';
import { tour } from './tour.js';

export function start({
  el = document.getElementById('play'),
  parts, // of the network (parts.js); or an `engine`, a promise of one
  engine = null,
  people, // list of { pictures: [{ picture: address, pose, id }] }; the first picture is the source
  size, // [height, width]
  sigma = null,
  limits = null,
  texts, // { en: words, de: words, ... }
  first = null, // stored answers for the first seconds (first.js)
  camera = null, // function of { el, t, desk, flow, signal }: the pose from a camera (camera.js)
  code = null, // the part that draws an address for phones (phones.js)
}) {
  const flow = flowOf({ people, size, onError: trouble });
  let language = languageFrom([remembered('language'), ...navigator.languages], texts);
  let theme = remembered('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  let page = null; // the views, which are built anew for another language
  let failed = false;
  let stored = null; // the first seconds' answers
  const given = addressFrom(location.hash);
  let now = firstOf(given);
  const begun = now.pose; // of a page that nobody has touched
  let wanted = given.engine ?? 'auto'; // who should answer (choices.js)

  function build(step, prepare) {
    flow.forget();
    page?.stop.abort();
    const t = speaker(texts, language);
    document.documentElement.lang = language;
    document.title = t('page.title');
    const stop = new AbortController();
    const desk = deskOf(el, flow, { t, start: now, onState: keepState, stop: stop.signal });
    const guided = tour(desk.ui.page, desk, flow, { t, onStep: keepStep });
    const teacher = teacherView(desk.ui.page, {
      t,
      guide: guided.guide,
      onStep: guided.goTo,
      onTeaching: () => desk.lay(),
      code,
      stop: stop.signal,
    });
    headerButtons(desk.ui.header, {
      t,
      inside: () => desk.drawing.open(),
      save: () => saveMenu(el, flow, desk.state, t),
      teach: () => teacher.setTeaching(!teacher.isTeaching()),
      language: () => chooseLanguage(el, texts, t, setLanguage),
      theme: () => setTheme(theme === 'dark' ? 'light' : 'dark'),
      camera: camera && (() => camera({ el, t, desk, flow, signal: stop.signal })),
    });
    phoneView(desk, guided, t, stop.signal);
    listenToKeys(desk, stop.signal);
    page = { t, desk, guided, stop };
    guided.goTo(step, prepare);
    desk.show();
  }

  function keepState(state) {
    now = state;
    writeAddressSoon();
  }

  function keepStep(step) {
    remember('step', step);
    writeAddressSoon();
  }

  let writing = null;
  function writeAddressSoon() {
    clearTimeout(writing);
    writing = setTimeout(() => writeAddress(addressNow()), 250);
  }

  function addressNow() {
    return addressText({ step: page.guided.guide.step(), ...now, engine: wanted });
  }

  function setLanguage(code) {
    language = code;
    remember('language', code);
    build(page.guided.guide.step(), false);
  }

  function setTheme(name) {
    theme = name;
    document.documentElement.dataset.theme = name;
    remember('theme', name);
  }

  // What went wrong, in the line where the progress stands.
  function trouble(error) {
    failed = true;
    const { progress } = page.desk.result;
    progress.hidden = false;
    progress.classList.add('pp-trouble');
    progress.textContent = page.t('trouble', { why: error.message });
  }

  function tellProgress({ loaded, total, starting }) {
    const { progress } = page.desk.result;
    const inMegabytes = (n) => (n / 1e6).toFixed(0);
    if (failed) return;
    progress.hidden = flow.isLive();
    progress.replaceChildren();
    const words = starting
      ? page.t('progress.starting')
      : page.t('progress', { loaded: inMegabytes(loaded), total: inMegabytes(total) });
    add(progress, 'span', '', words);
    add(progress, 'i').style.setProperty('--share', `${(100 * loaded) / total}%`);
  }

  async function wake() {
    const found = await (engine ?? browserEngine({ parts, size, sigma, limits, onProgress: tellProgress }));
    flow.setEngine(found);
    const shown = stored?.end();
    if (shown && now.pose === begun) page.desk.set({ pose: shown }, false);
    api.engine = found;
    await flow.answered();
    page.desk.result.progress.hidden = true;
    api.ready = true;
    if (wanted !== 'auto') use(wanted).catch(trouble);
    else found.compare?.().catch(trouble);
    return found;
  }

  // Another network answers from now on, as soon as it is there: what is on the screen, too.
  async function use(name) {
    wanted = name;
    writeAddressSoon();
    if (!api.engine?.use) return;
    await api.engine.use(name);
    flow.renew();
  }

  // The first state: what the address says, or somebody who stands whole and faces us, with one hand up.
  function firstOf({ person, pose, gates, bottleneck }) {
    const who = people[person] ? person : (first?.person ?? 0);
    const other = first?.frames[0]?.pose ?? farthestWhole(people, people[who].pictures[0].pose);
    const begin = firstState(who, pose ?? other);
    return {
      ...begin,
      ...(gates ? { gates } : {}),
      ...(bottleneck ? { bottleneck: checked(bottleneck) } : {}),
    };
  }

  function checked(text) {
    try {
      return bottleneckText(bottleneckFrom(text));
    } catch {
      return 'learned';
    }
  }

  const api = {
    ready: false,

    state() {
      const { person, pose, gates, bottleneck } = now;
      const sourcePose = flow.personOf(person).pictures[0].pose;
      const copy = (k) => k.map((joint) => [...joint]);
      const kind = flow.engine()?.kind ?? (flow.isLive() ? 'wasm' : null);
      return {
        person,
        pose: copy(pose),
        sourcePose: copy(sourcePose),
        gates: [...gates],
        bottleneck,
        engine: kind,
      };
    },

    // Part of a state; `pose: null` is the person's first pose. `engine` may be 'wasm', 'webgpu', or 'auto':
    // the quicker one; `state().engine` says who gave the newest answer. Throws an Error where it is none.
    set(some) {
      const { person = now.person, gates = now.gates, bottleneck = now.bottleneck } = some;
      if (!people[person]) throw new Error(`there is no person ${person}; there are ${people.length}`);
      if (gates.length !== 4 || !gates.every((state) => GATE_STATES.includes(state)))
        throw new Error(`gates are four of ${GATE_STATES.join(', ')}`);
      if (some.engine !== undefined && !CHOICES.includes(some.engine))
        throw new Error(`an engine is one of ${CHOICES.join(', ')}`);
      const pose = some.pose === undefined ? now.pose : (some.pose ?? people[person].pictures[0].pose);
      page.desk.set({
        person,
        pose,
        gates: [...gates],
        bottleneck: bottleneckText(bottleneckFrom(bottleneck)),
      });
      if (some.engine !== undefined) use(some.engine).catch(trouble);
    },

    async picture() {
      return Array.from((await flow.answered()).picture);
    },

    async source() {
      return Array.from(await flow.picture(now.person));
    },

    goTo: (step) => page.guided.goTo(step),

    // How quickly the network answered in the last milliseconds (speed.js).
    speed: (milliseconds) => speedOf(flow.timesSince(performance.now() - milliseconds)),
  };
  window.poseTransfer = api;

  setTheme(theme);
  const hasState = Boolean(given.pose || given.gates || given.bottleneck);
  build(given.step ?? Number(remembered('step') ?? 1), !hasState);
  window.addEventListener('hashchange', () => {
    const asked = addressFrom(location.hash);
    if (asked.step) page.guided.goTo(asked.step, false);
    if (asked.engine && asked.engine !== wanted) use(asked.engine).catch(trouble);
    page.desk.set(firstOf({ ...now, ...asked }));
  });
  if (first?.frames.length && !hasState && now.pose === begun)
    firstView(first, page.desk, size).then((view) => {
      if (flow.isLive()) view.end();
      else stored = view;
      page.desk.setStored(view);
    });
  return wake().catch(trouble);
}

function listenToKeys(desk, signal) {
  window.addEventListener(
    'keydown',
    (e) => {
      if (!(e.ctrlKey || e.metaKey) || e.target.matches('input, textarea')) return;
      const key = e.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      e.preventDefault();
      if (key === 'y' || e.shiftKey) desk.redo();
      else desk.undo();
    },
    { signal },
  );
}
