// Where pictures of somebody come from: the camera, a film or a picture of one's own. Each is
//
//   element   what shows it: a video or a picture; drawImage takes it, too
//   size()    [height, width] in pixels
//   mirrored  should it be shown as a mirror shows it?
//   still     does it never change?
//   next()    resolves at the next new picture
//   end()     ends it: the camera is off then

// Throws an Error where the camera may not be used; with `none` as its words where there can be none.
export async function cameraFootage(none, onEnd = () => {}) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(none);
  const video = { facingMode: 'user', width: { ideal: 640 } }; // a height would cut off some of the picture
  const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
  const element = videoElement();
  element.srcObject = stream;
  const end = () => {
    for (const track of stream.getTracks()) track.stop();
    element.srcObject = null;
  };
  for (const track of stream.getTracks()) track.addEventListener('ended', onEnd);
  await startedOr(element, end);
  return { ...filmed(element), mirrored: true, end };
}

// A file as the browser gives it; throws an Error where it is neither a picture nor a film that it can show.
export async function fileFootage(file) {
  const address = URL.createObjectURL(file);
  const forget = () => URL.revokeObjectURL(address);
  if (!file.type.startsWith('video/')) return pictureFootage(address, forget);
  const element = videoElement();
  element.src = address;
  element.loop = true;
  const end = () => {
    element.pause();
    element.removeAttribute('src');
    forget();
  };
  await startedOr(element, end);
  return { ...filmed(element), mirrored: false, end };
}

async function pictureFootage(address, forget) {
  const element = new Image();
  element.src = address;
  try {
    await element.decode();
  } catch (error) {
    forget();
    throw error;
  }
  const next = () => new Promise((done) => requestAnimationFrame(done));
  const size = () => [element.naturalHeight, element.naturalWidth];
  return { element, size, mirrored: false, still: true, next, end: forget };
}

function videoElement() {
  const element = document.createElement('video');
  element.muted = true;
  element.playsInline = true;
  return element;
}

async function startedOr(element, end) {
  try {
    await element.play();
  } catch (error) {
    end();
    throw error;
  }
}

function filmed(element) {
  const next = () =>
    new Promise((done) => {
      if (element.requestVideoFrameCallback) element.requestVideoFrameCallback(done);
      else requestAnimationFrame(done);
    });
  return { element, size: () => [element.videoHeight, element.videoWidth], still: false, next };
}
