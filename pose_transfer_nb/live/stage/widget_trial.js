// The trial as a widget: Python sets `number`, `picture` and `seconds`, and hears each answer.
import { trial } from './trial.js';

function render({ model, el }) {
  const one = trial(el, (answer) => model.send({ kind: 'answer', ...answer }));
  const show = () => one.show(model.get('number'), model.get('picture'), model.get('seconds'));
  model.on('change:number', show);
  model.on('change:picture', show);
  show();
}

export default { render };
