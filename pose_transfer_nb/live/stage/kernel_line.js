// The line to the kernel: numbered messages go out, answers come back with their number.
//
// An answer is one message for two questions: the masks of a pose (their strip as PNG, and the limits of
// their colours) and the picture made with them (as JPEG). So a step of a drag is one message each way.
// The kernel also sends answers that nobody here asked for: somebody pressed a button, or moved a joint in
// another view of the same widget.
import { bitmapOf } from './bitmaps.js';

export function kernelLine(
  model, // anywidget's: send(content), on('msg:custom', (content, buffers) => ...)
  unpack = bitmapOf,
) {
  const me = Math.random().toString(36).slice(2); // tells this view from others of the same widget
  const asked = new Map(); // number of a message -> the promise of its answer, to be kept or broken
  let count = 0;
  let former = Promise.resolve(); // until the answer before is handed on: they keep their order

  const line = {
    start: false, // does the next question about a pose begin a drag?
    onNews: () => {}, // called with an answer that nobody here asked for

    // Say something to the kernel; a promise of its answer { keypoints, limits, strip, picture }.
    send(content) {
      const id = ++count;
      model.send({ ...content, view: me, id });
      return new Promise((keep, fail) => asked.set(id, { keep, fail }));
    },
  };

  async function unpacked({ keypoints, limits }, [jpeg, png]) {
    const [picture, strip] = await Promise.all([unpack(jpeg), unpack(png)]);
    return { keypoints, limits, strip, picture };
  }

  async function handOn(content, buffers) {
    const question = content.view === me ? asked.get(content.id) : null;
    if (question) asked.delete(content.id);
    try {
      const answer = await unpacked(content, buffers);
      if (question) question.keep(answer);
      else line.onNews(answer);
    } catch (error) {
      if (question) question.fail(error);
      else console.error(error);
    }
  }

  model.on('msg:custom', (content, buffers) => {
    if (content.kind !== 'picture') return;
    former = former.then(() => handOn(content, buffers));
  });
  return line;
}
