// Be the pose: somebody in front of the camera, in a film or in a picture, and the mannequin does the same.
import { cameraDialog } from './camera_dialog.js';
import { cameraSession } from './camera_session.js';
import { estimatorBytes, estimatorFrom } from './estimator.js';

// What `start` in main.js calls to open it: a function of { el, t, desk, flow, signal }, where `signal` ends
// when the views are built anew.
export function cameraOf({
  parts, // see parts.js
  script, // text of pose_worker.js, joined
  dance, // dance.json
}) {
  let estimator = null; // a promise; it stays when the camera is off
  let session = null;

  function load(onProgress) {
    estimator ??= estimatorFrom({ parts, script, onProgress });
    estimator.catch(() => {
      estimator = null; // the next one may try again
    });
    return estimator;
  }

  return (page) => {
    const begin = (kind) => (file) => {
      session?.stop();
      session = cameraSession({ ...page, load, dance, onFile: begin('file') });
      session[kind](file);
    };
    cameraDialog(page.el, page.t, {
      bytes: estimator ? 0 : estimatorBytes(parts),
      onCamera: begin('camera'),
      onFile: begin('file'),
      onDance: begin('dance'),
    });
  };
}
