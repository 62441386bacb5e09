// Who answers: the network in WebAssembly, or the one on the graphics card.
export const ENGINES = ['wasm', 'webgpu'];

// With `auto` it is the quicker one, where both agree (contest.js).
export const CHOICES = ['auto', ...ENGINES];
