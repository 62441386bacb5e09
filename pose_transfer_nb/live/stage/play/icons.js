// Small drawings for buttons: paths on a square of 24 x 24, drawn in the colour of the text.

const PATHS = {
  learned: '<path d="M2 12c3-7 5-7 7 0s4 7 7 0 4-5 6-2"/>',
  open: '<circle cx="12" cy="12" r="8"/>',
  average: '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
  shut: '<circle cx="12" cy="12" r="8" fill="currentColor"/><path d="M7 17 17 7" stroke="var(--pp-card)"/>',
  undo: '<path d="M8 5 4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3"/>',
  redo: '<path d="m16 5 4 4-4 4M20 9H10a6 6 0 0 0 0 12h3"/>',
  mirror: '<path d="M12 3v18M9 7 3 17h6zM15 7l6 10h-6z"/>',
  hide: '<path d="M3 12c5-8 13-8 18 0-5 8-13 8-18 0zM4 20 20 4"/>',
  skeleton: '<circle cx="12" cy="4" r="2"/><path d="M12 6v8M5 10l7-3 7 3M7 22l5-8 5 8"/>',
  truth: '<rect x="3" y="4" width="12" height="16" rx="1"/><path d="m9 12 3 3 8-9"/>',
  keep: '<path d="M8 3h8l-1 7 4 4H5l4-4zM12 14v7"/>',
  save: '<path d="M12 3v12m-5-5 5 5 5-5M4 20h16"/>',
  film: '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M8 5v14M16 5v14M3 12h18"/>',
  code: '<path d="m8 7-5 5 5 5M16 7l5 5-5 5M14 4l-4 16"/>',
  link: '<path d="M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1"/>',
  upsideDown: '<path d="M8 20V5M4 9l4-4 4 4M16 4v15m-4-4 4 4 4-4"/>',
  mirrored: '<path d="M20 8H5m4-4L5 8l4 4M4 16h15m-4-4 4 4-4 4"/>',
  mean: '<path d="M4 9h16M4 15h16"/>',
  swap:
    '<circle cx="7" cy="6" r="3"/><circle cx="17" cy="6" r="3"/>' +
    '<path d="M5 21c0-5 9-5 13-9m-3-1 4 0 0 4M19 21c0-3-3-4-5-5"/>',
  reset: '<path d="M5 5v5h5M5 10a8 8 0 1 1-1 5"/>',
  inside:
    '<rect x="2" y="3" width="6" height="6" rx="1"/><rect x="16" y="3" width="6" height="6" rx="1"/>' +
    '<rect x="9" y="15" width="6" height="6" rx="1"/><path d="M8 6h8M5 9v3l4 6M19 9v3l-4 6"/>',
  theme: '<circle cx="12" cy="12" r="9"/><path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor"/>',
  teacher: '<path d="M3 4h18v11H3zM12 15v3M8 21l4-3 4 3"/>',
  notes: '<path d="M6 3h12v18H6zM9 8h6M9 12h6M9 16h4"/>',
  phone: '<rect x="7" y="2" width="10" height="20" rx="2"/><path d="M11 18h2"/>',
  language: '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c-5 5-5 13 0 18 5-5 5-13 0-18"/>',
  back: '<path d="m15 5-7 7 7 7"/>',
  on: '<path d="m9 5 7 7-7 7"/>',
  close: '<path d="M5 5l14 14M19 5 5 19"/>',
  camera: '<path d="M3 7h4l2-3h6l2 3h4v13H3z"/><circle cx="12" cy="13" r="4"/>',
  freeze: '<path d="M8 5v14M16 5v14"/>',
  stop: '<rect x="6" y="6" width="12" height="12" rx="1"/>',
  dance: '<path d="M9 18V5l11-2v13"/><circle cx="6" cy="18" r="3"/><circle cx="17" cy="16" r="3"/>',
  people: '<circle cx="9" cy="8" r="4"/><path d="M2 21c0-9 14-9 14 0M16 4a4 4 0 0 1 0 8M18 14c3 1 4 4 4 7"/>',
  steps: '<path d="M3 20h5v-5h5v-5h5V5h3"/>',
  more: '<circle cx="5" cy="12" r="1.5"/><circle cx="12" cy="12" r="1.5"/><circle cx="19" cy="12" r="1.5"/>',
  help: '<circle cx="12" cy="12" r="9"/><path d="M9 9c0-4 6-4 6 0 0 2-3 2-3 5M12 17v.5"/>',
};

export function iconMarkup(name) {
  return (
    '<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" ' +
    `stroke-linecap="round" stroke-linejoin="round">${PATHS[name]}</svg>`
  );
}
