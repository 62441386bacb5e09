// The page: a person in another pose.
import { drawPicture } from '../draw.js';
import { browserEngine } from './browser_engine.js';

export async function start({ parts, people, size, sigma, limits }) {
  const engine = await browserEngine({ parts, size, sigma, limits });
  const canvas = document.querySelector('canvas');
  const answers = {};
  const state = { person: 0, pose: null, gates: Array(4).fill('learned'), bottleneck: 'own', engine: 'wasm' };

  async function show() {
    const { pictures } = people[state.person];
    const image = new Image();
    image.src = pictures[0].picture;
    await image.decode();
    answers.bitmap = await createImageBitmap(image);
    const features = await engine.encode(answers.bitmap);
    const masks = await engine.masks(pictures[0].pose, state.pose ?? pictures[0].pose);
    const made = await engine.decode(features, masks);
    drawPicture(canvas, made.bitmap);
    return made.picture;
  }

  let newest = show();
  window.poseTransfer = {
    engine,
    ready: true,
    state: () => ({ ...state, sourcePose: people[state.person].pictures[0].pose }),
    set(some) {
      Object.assign(state, some);
      newest = show();
    },
    picture: () => newest,
  };
}
