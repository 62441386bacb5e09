// The editor with the network in this tab: no kernel is asked, neither by a drag nor by a button.
import { editor } from '../editor.js';
import { freeHand } from '../hands.js';
import { lateEngine } from '../late_engine.js';
import { lookOf } from '../layout.js';
import { speedText } from '../speed.js';
import { bottleneckFrom, usedFeatures } from './bottleneck.js';
import { browserEngine, drawnEngine } from './browser_engine.js';
import { localKeeper } from './local_keeper.js';

// A network that is on its way into this tab; several views may wait for it.
export function networkOf(
  options, // of browserEngine (play/browser_engine.js)
) {
  const heard = new Set();
  const onProgress = (progress) => {
    for (const hear of heard) hear(progress);
  };
  const coming = browserEngine({ ...options, onProgress });
  coming.then((engine) => engine.compare()).catch(() => {}); // whoever waits for the network is told
  return { coming, onProgress: (hear) => heard.add(hear) };
}

export function tabEditor(
  el, // the element to fill
  {
    get, // function of a name: what lookOf (layout.js) reads; `keypoints`, the pose to begin with; `under`;
    // `people`, a list of [address of a picture, pose in it]; `person`, a number of one of them; and what
    // is to be decoded: `bottleneck`, a number in `bottlenecks`, with `others`, for each person the number
    // of somebody else
    network, // from networkOf
    tell = () => {}, // called with the name and the value of what has changed by hand
  },
) {
  const look = lookOf(get);
  const keeper = localKeeper(get('keypoints'), look.size, (pose) => tell('keypoints', pose));
  let isThere = false; // the network
  const view = editor(el, {
    look,
    engine: lateEngine(network.coming.then((engine) => turnedEngine(drawnEngine(engine), get))),
    keeper,
    hand: freeHand(look.size, [...look.joints.keys()]),
    onSelect: (joint) => tell('selected', joint),
    onUnder: (name) => tell('under', name),
    onSpeed(speed) {
      say(speedText(speed));
      tell('latency', speed);
    },
  });
  network.onProgress((progress) => {
    if (!isThere) say(progressText(progress));
  });
  network.coming.then(
    () => {
      isThere = true;
      say('');
    },
    (error) => say(error.message),
  );

  function say(words) {
    view.ui.speed.textContent = words;
  }

  return {
    ...view,
    choose(person) {
      const [picture, pose] = get('people')[person];
      view.setPerson(picture, pose);
      view.command('hello'); // the same target pose, and so another question
    },
    showPose: (pose) => view.command('show', pose),
    turn: () => view.command('hello'),
  };
}

// An engine that decodes the bottleneck as it is wanted just now.
function turnedEngine(engine, get) {
  const encoded = new Map(); // whose bottleneck was borrowed last: number -> promise of features

  function featuresOf(person) {
    if (!encoded.has(person)) {
      encoded.clear();
      encoded.set(person, engine.encode(get('people')[person][0]));
    }
    return encoded.get(person);
  }

  return {
    ...engine,
    async decode(features, masks) {
      const name = get('bottlenecks')[get('bottleneck')];
      const other = get('others')[get('person')];
      const bottleneck = bottleneckFrom(name === 'other' ? `from:${other}` : name);
      const given = bottleneck.from === null ? features : await featuresOf(other);
      return engine.decode(usedFeatures(given, bottleneck), masks);
    },
  };
}

function progressText({ loaded, total, starting }) {
  const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
  if (starting) return 'The network starts in this tab.';
  return `The network is on its way into this tab: ${megabytes(loaded)} of ${megabytes(total)} MB.`;
}
