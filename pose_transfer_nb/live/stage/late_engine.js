// An engine (engine.js) that is still on its way: questions wait until it is there.

export function lateEngine(
  coming, // a promise of an engine; where it fails, each question fails with its error
) {
  coming.catch(() => {}); // whoever asks is told
  return {
    encode: async (...question) => (await coming).encode(...question),
    masks: async (...question) => (await coming).masks(...question),
    decode: async (...question) => (await coming).decode(...question),
  };
}
