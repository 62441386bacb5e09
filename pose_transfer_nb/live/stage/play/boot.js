// Where the page begins: what the writer put into it goes to `start`.
import { cameraOf } from './camera.js';
import { start } from './main.js';
import { partsOf } from './parts.js';

const textOf = (id) => document.getElementById(id).textContent;
const { places, location, dance, ...data } = JSON.parse(textOf('data'));
const parts = partsOf(places);
const camera = parts.landmarks ? cameraOf({ parts, script: textOf('pose-worker'), dance }) : null;
start({ ...data, parts: { ...parts, worker: textOf('worker'), location }, camera, code: parts.code });
