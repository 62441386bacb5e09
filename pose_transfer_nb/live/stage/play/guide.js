// The guided way on the screen: a step's words, its answers to choose from, back and on. In front of a class
// (teacher.js) hands are counted instead, and the answer waits for the space bar.
import { add } from '../elements.js';
import { iconButton, setPressed, wordButton } from './pieces.js';
import { QUIZ, STEPS, shares } from './steps.js';

export function guideView(parent, { t, onStep, onAnswer, numbersOf }) {
  const box = add(parent, 'section', 'pp-guide');
  let step = 1;
  let vote = null; // number of the answer that was chosen
  let answered = false;
  let teaching = false;
  let hands = [];
  let quiz = []; // answers to the five questions
  let drawn = () => {}; // called when something else is to be seen
  const say = t;

  const nameOf = () => STEPS[step - 1].name;

  function draw() {
    const { name, options, part } = STEPS[step - 1];
    box.replaceChildren();
    box.ariaLabel = say('guide.label');
    box.dataset.part = part ?? '';
    box.classList.toggle('pp-answered', answered);
    drawHead();
    const body = add(box, 'div', 'pp-guide-body');
    if (!options) drawQuiz(body);
    else if (answered) drawAnswer(body);
    else {
      const words = add(body, 'p', 'pp-guide-text');
      add(words, 'strong', '', say(`step.${name}.title`));
      add(words, 'span', '', ` ${say(`step.${name}.do`)} `);
      add(words, 'em', '', say(`step.${name}.ask`));
      drawOptions(body);
    }
    drawWays();
    drawn();
  }

  function drawHead() {
    const head = add(box, 'div', 'pp-guide-head');
    add(head, 'span', 'pp-guide-count', `${step}/${STEPS.length}`);
    const dots = add(head, 'div', 'pp-dots');
    STEPS.forEach(({ name }, i) => {
      const dot = add(dots, 'button', 'pp-dot');
      dot.type = 'button';
      dot.title = `${i + 1}. ${say(`step.${name}.title`)}`;
      dot.ariaLabel = dot.title;
      dot.setAttribute('aria-current', i + 1 === step ? 'step' : 'false');
      dot.addEventListener('click', () => onStep(i + 1));
    });
  }

  function drawOptions(body) {
    const { name, options } = STEPS[step - 1];
    const row = add(body, 'div', 'pp-options');
    const share = shares(hands);
    for (let i = 1; i <= options; i++) {
      const button = wordButton(row, say(`step.${name}.${i}`), () => choose(i), { className: 'pp-option' });
      setPressed(button, vote === i);
      if (teaching) drawHands(row, button, i, share[i - 1]);
    }
    wordButton(row, say('guide.show'), reveal, { className: 'pp-show' });
  }

  // How many hands were raised for an answer.
  function drawHands(row, button, i, share) {
    button.style.setProperty('--share', `${share}%`);
    const count = add(row, 'input', 'pp-hands');
    count.type = 'number';
    count.min = 0;
    count.value = hands[i - 1] ?? '';
    count.placeholder = '0';
    count.ariaLabel = say('guide.hands', { answer: say(`step.${nameOf()}.${i}`) });
    count.addEventListener('change', () => {
      hands[i - 1] = Math.max(0, Number(count.value) || 0);
      hands = Array.from({ length: STEPS[step - 1].options }, (_, k) => hands[k] ?? 0);
      draw();
    });
  }

  function drawAnswer(body) {
    const line = add(body, 'p', 'pp-answer');
    line.setAttribute('role', 'status');
    const { options, right } = STEPS[step - 1];
    const share = shares(hands);
    for (let i = 1; i <= options; i++) {
      const isGuess = i === vote || share[i - 1] > 0;
      if (i !== right && !isGuess) continue;
      const votes = share[i - 1] ? ` ${share[i - 1]} %` : '';
      add(line, 'b', i === right ? 'pp-right' : 'pp-wrong', say(`step.${nameOf()}.${i}`) + votes);
    }
    const words = add(line, 'span');
    words.textContent = say(`step.${nameOf()}.answer`);
    numbersOf(step).then((numbers) => {
      words.textContent = say(`step.${nameOf()}.answer`, numbers);
    });
  }

  function drawQuiz(body) {
    const next = quiz.length;
    const words = add(body, 'p', 'pp-guide-text');
    add(words, 'strong', '', say('step.quiz.title'));
    if (next === QUIZ.length) {
      const good = quiz.filter((answer, i) => answer === QUIZ[i].right).length;
      add(words, 'span', '', ` ${say('quiz.score', { good, all: QUIZ.length })}`);
      wordButton(add(body, 'div', 'pp-options'), say('quiz.again'), () => setQuiz([]));
      return;
    }
    add(words, 'span', '', ` ${next + 1}. ${say(`quiz.${next + 1}.0`)}`);
    const row = add(body, 'div', 'pp-options');
    for (let i = 1; i <= QUIZ[next].options; i++)
      wordButton(row, say(`quiz.${next + 1}.${i}`), () => answerQuiz(row, i), { className: 'pp-option' });
  }

  // The right answer is shown for a moment before the next question comes.
  function answerQuiz(row, answer) {
    const { right } = QUIZ[quiz.length];
    const buttons = [...row.children];
    for (const button of buttons) button.disabled = true;
    buttons[right - 1].classList.add('pp-right');
    if (answer !== right) buttons[answer - 1].classList.add('pp-wrong');
    const soFar = [...quiz, answer];
    setTimeout(() => setQuiz(soFar), 1400);
  }

  function setQuiz(answers) {
    quiz = answers;
    draw();
  }

  function drawWays() {
    const ways = add(box, 'div', 'pp-ways');
    const back = iconButton(ways, 'back', say('guide.back'), () => onStep(step - 1));
    back.disabled = step === 1;
    const on = iconButton(ways, 'on', say('guide.on'), () => onStep(step + 1), 'pp-on');
    on.disabled = step === STEPS.length;
  }

  function choose(i) {
    vote = i;
    if (teaching) draw();
    else reveal();
  }

  function reveal() {
    if (answered || !STEPS[step - 1].options) return;
    answered = true;
    draw();
    onAnswer(step);
  }

  return {
    box,
    step: () => step,
    isAnswered: () => answered,
    reveal,

    setStep(number) {
      step = number;
      vote = null;
      answered = false;
      hands = [];
      quiz = [];
      draw();
    },

    setTeaching(on) {
      teaching = on;
      draw();
    },

    whenDrawn(listener) {
      drawn = listener;
    },
  };
}
