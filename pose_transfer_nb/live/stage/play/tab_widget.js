// The editor as a widget whose network runs in this tab. The kernel is asked once for the network's parts;
// from then on it may be busy, or gone.
import { networkOf, tabEditor } from './tab_editor.js';

const PATIENCE = 20_000; // milliseconds that the kernel may take for a part
const networks = new Map(); // a widget has one network, however many views show it

export function render({ model, el }) {
  const get = (name) => model.get(name);
  const key = get('key');
  if (!networks.has(key)) {
    const parts = { ...partsFrom(model), worker: get('worker'), location: get('location') };
    const options = { parts, size: get('size'), sigma: get('sigma'), limits: get('limits') };
    networks.set(key, networkOf(options));
    networks.get(key).coming.catch(() => networks.delete(key)); // the next view tries again
  }
  let told = {}; // what the kernel does not know yet
  let timer = null; // a drag changes the pose oftener than the kernel has to hear it
  const view = tabEditor(el, {
    get,
    network: networks.get(key),
    tell(name, value) {
      told[name] = value;
      if (timer === null) timer = setTimeout(save, 200);
    },
  });

  function save() {
    for (const [name, value] of Object.entries(told)) model.set(name, value);
    told = {};
    timer = null;
    model.save_changes();
  }

  const changes = {
    person: () => view.choose(get('person')),
    clicks: () => view.showPose(get('presets')[get('preset')]),
    under: () => view.setUnder(get('under')),
    bottleneck: () => view.turn(),
    // Set by Python, or by another view of this widget.
    keypoints() {
      const pose = get('keypoints');
      if (!told.keypoints && String(pose) !== String(view.pose())) view.showPose(pose);
    },
  };
  for (const [name, act] of Object.entries(changes)) model.on(`change:${name}`, act);
  changes.under();
  changes.person();
  return () => {
    for (const [name, act] of Object.entries(changes)) model.off(`change:${name}`, act);
  };
}

// The parts as the kernel sends them, each when it is asked for.
function partsFrom(model) {
  const parts = Object.entries(model.get('parts')).map(([name, bytes]) => {
    const load = async (tell) => {
      const packed = await partFrom(model, name);
      tell(bytes);
      return unpacked(packed);
    };
    return [name, { bytes, load }];
  });
  return Object.fromEntries(parts);
}

function partFrom(model, name) {
  return new Promise((resolve, reject) => {
    const tired = setTimeout(() => {
      model.off('msg:custom', hear);
      reject(new Error('The kernel does not send the network. Run this cell again.'));
    }, PATIENCE);
    function hear(content, [packed]) {
      if (content.kind !== 'part' || content.name !== name) return;
      clearTimeout(tired);
      model.off('msg:custom', hear);
      resolve(packed);
    }
    model.on('msg:custom', hear);
    model.send({ kind: 'part', name });
  });
}

function unpacked(packed) {
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
