// From a state to a picture. The state says who, in which pose, through which gates and with which
// bottleneck; the engine is asked, and the views hear of it: masks first, then the picture.
//
//   people   list of { pictures: [{ picture: address, pose, id }] }; a person's first picture is the source
//   engine   encode(picture), encodeStages(picture), masks(source, target), decode(features, masks, options)
import { questions } from '../questions.js';
import { bottleneckFrom, usedFeatures } from './bottleneck.js';
import { usedMask } from './gates.js';
import { numbersAt } from './sheets.js';

export function flow({ people, size, onError = () => {} }) {
  const heard = { masks: [], picture: [], engine: [] };
  const pictures = new Map(); // of people: number -> promise of 3 x H x W numbers
  const encoded = new Map(); // number -> promise of features
  let engine = null;
  let state = null; // the newest one
  let asked = 0; // how many states there were
  let newest = null; // the newest answer { number, state, masks, used, features, picture, stages }
  let lastMasks = { key: null, arrays: null };
  let wantsStages = false;
  let waiting = []; // those who wait for the picture of the newest state

  const queue = questions(answer, { onError });
  const tell = (what, value) => {
    for (const hear of heard[what]) hear(value);
  };
  const personOf = (number) => people[number] ?? people[0];

  function picture(number) {
    if (!pictures.has(number)) pictures.set(number, numbersAt(personOf(number).pictures[0].picture, size));
    return pictures.get(number);
  }

  function features(number) {
    if (!encoded.has(number)) {
      const promise = picture(number).then((numbers) => engine.encode(numbers.slice()));
      encoded.set(number, promise);
      promise.catch(() => encoded.delete(number));
    }
    return encoded.get(number);
  }

  // The masks depend on the two poses alone: while these stay, nobody is asked again.
  async function learnedMasks({ person, pose }) {
    const source = personOf(person).pictures[0].pose;
    const key = JSON.stringify([source, pose]);
    if (lastMasks.key !== key) lastMasks = { key, arrays: (await engine.masks(source, pose)).arrays };
    return lastMasks.arrays;
  }

  async function answer({ number, state: question }, outdated) {
    const masks = await learnedMasks(question);
    if (outdated()) return;
    const used = masks.map((mask, i) => usedMask(mask, question.gates[i]));
    const bottleneck = bottleneckFrom(question.bottleneck);
    const given = await features(bottleneck.from ?? question.person);
    const decoded = usedFeatures(given, bottleneck);
    const decoding = engine.decode(decoded, { arrays: used }, { stages: wantsStages });
    tell('masks', { state: question, masks, used }); // drawn while the network is at the picture
    const made = await decoding;
    if (outdated()) return;
    newest = { number, state: question, masks, used, given, features: decoded, ...made };
    tell('picture', newest);
    if (number !== asked) return;
    const served = waiting;
    waiting = [];
    for (const serve of served) serve(newest);
  }

  const me = {
    people,
    size,
    personOf,
    picture,
    numbersOf: (address) => numbersAt(address, size), // of any picture
    on: (what, hear) => heard[what].push(hear),

    // The views are built anew: nobody listens any longer.
    forget() {
      for (const list of Object.values(heard)) list.length = 0;
    },
    newest: () => newest,
    state: () => state,
    isLive: () => engine !== null,
    engine: () => engine,

    // The network is there: from now on questions are answered.
    setEngine(found) {
      engine = found;
      tell('engine', found);
      me.ask(state);
    },

    ask(other) {
      state = other;
      asked += 1;
      if (engine && state) queue.ask({ number: asked, state });
    },

    // What was answered so far is forgotten: another network answers from now on.
    renew() {
      encoded.clear();
      lastMasks = { key: null, arrays: null };
      me.ask(state);
    },

    // The answer to the newest state: a promise.
    answered() {
      if (newest?.number === asked) return Promise.resolve(newest);
      return new Promise((serve) => waiting.push(serve));
    },

    // Should the decoder hand out its features after each stage, too?
    setStages(wanted) {
      if (wanted === wantsStages) return;
      wantsStages = wanted;
      if (wanted && engine) me.ask(state);
    },

    encoderStages: async (number) => engine.encodeStages((await picture(number)).slice()),
    features,

    // Ask about another state without showing it: masks and picture, or the masks alone.
    async peek(other, { masksAlone = false } = {}) {
      const source = personOf(other.person).pictures[0].pose;
      const { arrays } = await engine.masks(source, other.pose);
      if (masksAlone) return { masks: arrays };
      const bottleneck = bottleneckFrom(other.bottleneck);
      const decoded = usedFeatures(await features(bottleneck.from ?? other.person), bottleneck);
      const used = arrays.map((mask, i) => usedMask(mask, other.gates[i]));
      return { masks: arrays, ...(await engine.decode(decoded, { arrays: used })) };
    },

    timesSince: queue.timesSince,
  };
  return me;
}
