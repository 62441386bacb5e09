// The strip of small pictures as a widget: Python sets `items`, and reads `selected` and `clicks`.
import { thumbs } from './thumbs.js';

function render({ model, el }) {
  const strip = thumbs(el, model.get('label'), (i) => {
    model.set('selected', i);
    model.set('clicks', model.get('clicks') + 1); // a click on the chosen one counts, too
    model.save_changes();
  });
  const mark = () => strip.mark(model.get('selected'));

  function draw() {
    strip.draw(model.get('items'), model.get('height'), model.get('wrap'));
    mark();
  }

  model.on('change:items', draw);
  model.on('change:selected', mark);
  draw();
}

export default { render };
