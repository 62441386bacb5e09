// The script of a page that steps through scenes. DATA comes with the page.
import { film } from './film.js';

film(document.getElementById('view'), DATA.frames, DATA.labels, DATA.seconds);
