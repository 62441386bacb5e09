// The film as a widget: Python sets the traits `frames`, `labels` and `seconds`, and reads `index`.
import { film } from './film.js';

function render({ model, el }) {
  let reel = null;

  function draw() {
    if (reel) reel.stop();
    el.replaceChildren();
    const frames = model.get('frames');
    if (!frames.length) return;
    reel = film(el, frames, model.get('labels'), model.get('seconds'), (index) => {
      model.set('index', index);
      model.save_changes();
    });
  }

  model.on('change:frames', draw);
  draw();
}

export default { render };
