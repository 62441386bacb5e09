// An engine answers the three questions of a transfer. A view asks it, and does not know which one it is.
//
//   encode(picture)         -> features: what the network knows of a person
//   masks(source, target)   -> masks: what the gates let pass on the way from one pose to another
//   decode(features, masks) -> picture: that person in that pose
//
// All three are async functions; one that cannot answer throws an Error whose message a reader understands.
//
//   picture         from `decode`: what drawImage takes; to `encode`: an address of a picture
//   source, target  poses (see pose.js): that of the encoded picture, and that of the picture to be made
//   features        known to the engine alone: keep them while the person stays the same, and hand them back
//   masks           known to the engine alone but for two things that a view draws:
//                     strip   what drawImage takes: the masks side by side, coarsest first, one pixel a cell
//                     limits  for each mask [low, high], the values of its first and its last colour
//
// The pose that was asked about last is the one that matters. So a view has at most one question under way
// (questions.js), draws the masks before it asks for the picture, and hands them back soon after it got them.
//
// Engines so far: the kernel (kernel_engine.js), and the network in the browser itself
// (play/browser_engine.js); one that is still on its way is late_engine.js.

const QUESTIONS = ['encode', 'masks', 'decode'];

// Throws an Error where something is no engine.
export function checkEngine(engine) {
  const lacking = QUESTIONS.filter((name) => typeof engine?.[name] !== 'function');
  if (!lacking.length) return;
  throw new Error(`an engine has ${QUESTIONS.join(', ')}; this one lacks ${lacking.join(', ')}`);
}
