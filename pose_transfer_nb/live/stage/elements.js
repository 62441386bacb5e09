// Building a page out of elements.

// A new element, last in its parent. JupyterLab leaves the keys that are pressed in it to the element itself.
export function add(parent, tag, className = '', text = '') {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  element.dataset.lmSuppressShortcuts = 'true';
  parent.append(element);
  return element;
}

// A button that never submits a form.
export function addButton(parent, text, onClick) {
  const button = add(parent, 'button', 'pt-button', text);
  button.type = 'button';
  button.onclick = onClick;
  return button;
}
