// BlazePose in this tab: it is fetched or unpacked when somebody asks for it, and not before.
import { threadOf } from './browser_engine.js';
import { loadParts } from './parts.js';

export const ESTIMATOR_PARTS = ['litert', 'litert-utils', 'litert-glue', 'litert-wasm', 'landmarks'];

// How many bytes it takes on its way here.
export function estimatorBytes(parts) {
  return ESTIMATOR_PARTS.reduce((sum, name) => sum + (parts[name].bytes ?? 0), 0);
}

// Resolves with { find(pixels), close() }; `find` resolves with { numbers, presence } (pose_worker.js).
export async function estimatorFrom({
  parts, // see parts.js
  script, // text of pose_worker.js, joined
  onProgress = () => {}, // called with { loaded, total } in bytes
}) {
  const loaded = await loadParts(parts, ESTIMATOR_PARTS, onProgress);
  const textOf = (name) => new TextDecoder().decode(loaded[name]);
  const { ask, close } = threadOf(script);
  await ask('start', {
    core: textOf('litert'),
    utils: textOf('litert-utils'),
    glue: textOf('litert-glue'),
    wasm: loaded['litert-wasm'],
    landmarks: loaded.landmarks,
  });
  return { find: (pixels) => ask('find', { pixels }), close };
}
