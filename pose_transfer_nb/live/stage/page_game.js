// The script of the page "Real or generated?". DATA comes with the page: pictures, and which are real.
import { add, addButton } from './elements.js';
import { scores } from './scores.js';
import { trial } from './trial.js';

const view = document.getElementById('view');
const bar = add(view, 'div', 'pt-film');
const note = add(view, 'p', 'pt-note');
const stage = add(view, 'div');
const result = add(view, 'div', 'pt-answers');
let answers = [];
let limit = 0; // seconds for each picture; 0: none

const question = trial(stage, ({ real }) => {
  answers.push(real);
  next();
});

function begin(seconds) {
  answers = [];
  limit = seconds;
  result.replaceChildren();
  next();
}

function next() {
  const number = answers.length;
  const picture = DATA.pictures[number] || '';
  question.show(number, picture, limit);
  if (!picture) {
    tellScores();
    DATA.pictures.forEach(addResult);
    return;
  }
  const count = `Picture ${number + 1} of ${DATA.pictures.length}`;
  note.textContent = `${count}: hands up for real, hands up for generated`;
  stage.focus();
}

function tellScores() {
  const { r2g, g2r, accuracy } = scores(DATA.real, answers);
  note.textContent = [
    `R2G ${r2g.toFixed(2)} (real called generated)`,
    `G2R ${g2r.toFixed(2)} (generated called real)`,
    `accuracy ${accuracy.toFixed(2)}; a class that is fooled completely has one half`,
  ].join(', ');
}

function addResult(address, i) {
  const word = (real) => (real ? 'real' : 'generated');
  const right = answers[i] === DATA.real[i];
  const figure = add(result, 'figure', `pt-panel${right ? '' : ' pt-wrong'}`);
  const img = add(figure, 'img');
  img.src = address;
  img.alt = `picture ${i + 1}`;
  const mistake = right ? '' : `, taken for ${word(answers[i])}`;
  add(figure, 'figcaption', '', `${i + 1}: ${word(DATA.real[i])}${mistake}`);
}

addButton(bar, 'Start, five seconds each', () => begin(5));
addButton(bar, 'Start without a clock', () => begin(0));
note.textContent = '';
question.show(0, '', 0);
