// The row of buttons above the editor: what is done to the pose, and what is drawn besides.
import { add, addButton } from './elements.js';

const UNDER = ['generated', 'source', 'nothing'];

export function editorTools(
  bar, // the element to fill
  {
    onCommand, // called with 'undo', 'mirror' or 'hide'
    onUnder, // called with what is to lie below the skeleton
    onTraced, // called with true or false: the skeleton on the masks
  },
) {
  addButton(bar, 'Undo', () => onCommand('undo'));
  addButton(bar, 'Mirror', () => onCommand('mirror'));
  addButton(bar, 'Hide joint', () => onCommand('hide'));
  const group = add(bar, 'span', 'pt-group');
  group.setAttribute('role', 'group');
  group.ariaLabel = 'below the skeleton';
  add(group, 'span', '', 'Below the skeleton');
  const choices = UNDER.map((name) => addButton(group, name, () => onUnder(name)));
  const trace = addButton(bar, 'Skeleton on the masks', () => onTraced(!isPressed(trace)));

  const tools = {
    showUnder(name) {
      UNDER.forEach((other, i) => {
        press(choices[i], other === name);
      });
    },
    showTraced: (on) => press(trace, on),
  };
  tools.showUnder(UNDER[0]);
  tools.showTraced(true);
  return tools;
}

const isPressed = (button) => button.ariaPressed === 'true';

function press(button, on) {
  button.ariaPressed = on;
}
