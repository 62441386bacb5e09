// Where the page begins: what the writer put into it goes to `start`.
import { start } from './main.js';
import { partsOf } from './parts.js';

const textOf = (id) => document.getElementById(id).textContent;
const { places, location, ...data } = JSON.parse(textOf('data'));
start({ ...data, parts: { ...partsOf(places), worker: textOf('worker'), location } });
