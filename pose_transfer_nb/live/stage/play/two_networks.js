// Two networks that answer the same questions: one in WebAssembly, which is always there, and one on the
// graphics card, which may be there, agree, be faster, and fail.
import { CHOICES } from './choices.js';
import { choice, contest } from './contest.js';

export function twoNetworks({
  wasm, // { run }
  makeCard, // async function that gives the other one, { run, lost, close }; null where there is no card
  size,
  sigma,
  inTurn, // function of an act: runs it when it is its turn
  now, // the clock of the contest; left out, it is the browser's
}) {
  let coming = null; // a promise of the other network
  let card = null; // the other network, once it is there
  let wanted = 'auto';
  let found = { why: 'untried' }; // what a contest has found: { why, engine, apart, times }
  let failed = null; // why the card is not asked any more

  function fail(why) {
    failed = why || 'no reason given';
    card?.close();
    card = null;
  }

  function isCardOn() {
    return card !== null && (wanted === 'webgpu' || (wanted === 'auto' && found.engine === 'webgpu'));
  }

  // The other network; null where there is none, or where it has failed once.
  function fetchCard() {
    coming ??= makeCard().then(
      (made) => {
        card = made;
        if (!made) found = { why: 'none' };
        made?.lost.then((why) => {
          if (card === made) fail(why);
        });
      },
      ({ message }) => fail(message),
    );
    return coming.then(() => card);
  }

  // Whoever is refused gives back its memory; it is made anew where it is asked for.
  function dismissCard() {
    const { close } = card;
    card = null;
    coming = null;
    close();
  }

  function about() {
    const by = isCardOn() ? 'webgpu' : 'wasm';
    return { by, wanted, ...found, ...(failed ? { why: 'failed', failed } : {}) };
  }

  return {
    about,

    // Where the card fails, the question is answered all the same, and the card is not asked again. Where
    // WebAssembly cannot answer either, it is the question's fault.
    async run(question, inputs, names) {
      if (!isCardOn()) return wasm.run(question, inputs, names);
      try {
        return await card.run(question, inputs, names);
      } catch (error) {
        const answer = await wasm.run(question, inputs, names);
        fail(error.message);
        return answer;
      }
    },

    // From now on one of CHOICES.
    async use(name) {
      if (!CHOICES.includes(name)) throw new Error(`an engine is one of ${CHOICES.join(', ')}`);
      wanted = name;
      if (name === 'webgpu' && !failed) await fetchCard();
      return about();
    },

    // Measures both; with `auto` the better one answers from now on.
    async compare({ margin }) {
      const other = failed ? null : await fetchCard();
      if (!other) return about();
      try {
        const measured = await contest({ wasm, webgpu: other }, { size, sigma, inTurn, now });
        found = { ...measured, ...choice(measured, margin) };
      } catch (error) {
        fail(error.message);
      }
      if (card && found.engine !== 'webgpu' && wanted !== 'webgpu') dismissCard();
      return about();
    },
  };
}
