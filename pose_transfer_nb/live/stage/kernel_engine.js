// The kernel as an engine (engine.js). It answers over the line (kernel_line.js), two questions at once.

export function kernelEngine(line) {
  return {
    // The kernel encodes a person's picture before it sends it here, and keeps the features.
    async encode(picture) {
      return picture;
    },

    // The kernel knows the source pose: it belongs to the picture that it sent. Asking about a pose moves
    // the kernel's own pose there, too; `start` makes the former one a step that undo returns to.
    async masks(_source, target) {
      const { start } = line;
      line.start = false;
      return line.send({ kind: 'pose', keypoints: target, start });
    },

    // The picture came along with the masks.
    async decode(_features, masks) {
      return masks.picture;
    },
  };
}
