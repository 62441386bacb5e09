// What the network computes for each of its three questions, as a list of steps: the same as `attention.py`
// and `generator.py` say, and as the graphs in ONNX do. How many layers there are, and how wide they are, is
// read from the names and the shapes of the tensors.
//
//   { kind: 'enter', from, to }                     an input, laid out as the other kernels want it
//   { kind: 'gate', from, by, to }                  features times an input of the same shape
//   { kind: 'convolve', weight, norm, way, from, to, relu, plus }
//       weight   name of the tensor; `norm` that of the BatchNorm behind it, or null
//       way      'same': 1x1 or 3x3; 'halve': 4x4, stride 2; 'double': 4x4 transposed, stride 2
//       plus     what is added at the end, or null
//   { kind: 'leave', from, to, by }                 an output: `by` is 'none', 'sigmoid' or 'tanh'

// What the questions can be asked for, besides the picture.
export const ENCODED = ['stem', 'down1', 'down2', 'down3', 'features']; // finest first
export const MASKS = ['mask1', 'mask2', 'mask3', 'mask4']; // coarsest first
export const DECODED = ['up1', 'up2', 'up3', 'up4', 'refined']; // coarsest first

// { encode, masks, decode }, each { steps, inputs, outputs, dims }: lists, and the shape of each array by its
// name.
export function questionsOf(
  tensors, // of tensorsOf (safetensors.js)
  size, // [height, width] of the pictures
) {
  const asked = { encode: encodeSteps, masks: maskSteps, decode: decodeSteps };
  return Object.fromEntries(
    Object.entries(asked).map(([question, stepsOf]) => [question, stepsOf(writer(tensors, size))]),
  );
}

function encodeSteps(write) {
  write.enter('image', 3, 0);
  encoder(write, 'image_encoder', 'image.in', ENCODED);
  for (const name of ENCODED) write.leave(name, name, 'none');
  return write.question();
}

function maskSteps(write) {
  write.enter('maps', 36, 0);
  encoder(write, 'pose_encoder', 'maps.in', ['stem', ...MASKS.toReversed()]);
  for (const name of MASKS) write.leave(name, name, 'sigmoid');
  return write.question();
}

function decodeSteps(write) {
  const widths = MASKS.map((_, i) => write.shape(`decoder.ups.${i}.conv.weight`)[0]);
  write.enter('features', widths[0], 4);
  let x = 'features.in';
  MASKS.forEach((mask, i) => {
    write.gate(x, mask, widths[i], 4 - i);
    x = write.block(`decoder.ups.${i}`, 'double', `${mask}.gated`, DECODED[i]);
  });
  const count = write.count('decoder.refine.');
  for (let i = 0; i < count; i++)
    x = write.residual(`decoder.refine.${i}`, x, i === count - 1 ? 'refined' : `refine.${i}`);
  write.convolve({ weight: 'decoder.to_rgb.weight', norm: null, way: 'same', from: x, to: 'colours' });
  write.leave('colours', 'picture', 'tanh');
  for (const name of DECODED) write.leave(name, name, 'none');
  return write.question();
}

function encoder(write, name, from, outputs) {
  let x = write.block(`${name}.stem`, 'same', from, outputs[0]);
  for (const [i, output] of outputs.slice(1).entries())
    x = write.block(`${name}.downs.${i}`, 'halve', x, output);
}

// Notes the steps of one question, and the shape of everything that occurs in it.
function writer(tensors, [height, width]) {
  const steps = [];
  const inputs = [];
  const outputs = [];
  const dims = {};
  const halved = (channels, times) => [channels, height >> times, width >> times];

  const me = {
    shape(name) {
      if (!tensors[name]) throw new Error(`these weights lack ${name}`);
      return tensors[name].shape;
    },

    // How many parts of a list there are: `decoder.refine.0`, `decoder.refine.1`, ...
    count(prefix) {
      const names = Object.keys(tensors).filter((name) => name.startsWith(prefix));
      return new Set(names.map((name) => name.slice(prefix.length).split('.')[0])).size;
    },

    enter(name, channels, halvings) {
      inputs.push(name);
      dims[name] = dims[`${name}.in`] = halved(channels, halvings);
      steps.push({ kind: 'enter', from: name, to: `${name}.in` });
    },

    gate(from, by, channels, halvings) {
      inputs.push(by);
      dims[by] = dims[`${by}.gated`] = halved(channels, halvings);
      steps.push({ kind: 'gate', from, by, to: `${by}.gated` });
    },

    leave(from, name, by) {
      outputs.push(name);
      const to = `${name}.out`;
      dims[to] = dims[from];
      steps.push({ kind: 'leave', from, to, by, name });
    },

    convolve({ weight, norm, way, from, to, relu = false, plus = null }) {
      const [, h, w] = dims[from];
      const channels = me.shape(weight)[way === 'double' ? 1 : 0];
      const scale = { same: 1, halve: 0.5, double: 2 }[way];
      dims[to] = [channels, h * scale, w * scale];
      steps.push({ kind: 'convolve', weight, norm, way, from, to, relu, plus });
      return to;
    },

    // Convolution, BatchNorm, ReLU, and the residual block behind them where there is one.
    block(name, way, from, to) {
      const hasMore = `${name}.residual.conv1.weight` in tensors;
      const first = { weight: `${name}.conv.weight`, norm: `${name}.norm`, way, from, relu: true };
      const x = me.convolve({ ...first, to: hasMore ? `${name}.first` : to });
      return hasMore ? me.residual(`${name}.residual`, x, to) : x;
    },

    residual(name, from, to) {
      const half = (i) => ({ weight: `${name}.conv${i}.weight`, norm: `${name}.norm${i}`, way: 'same' });
      const y = me.convolve({ ...half(1), from, to: `${name}.half`, relu: true });
      return me.convolve({ ...half(2), from: y, to, plus: from });
    },

    question: () => ({ steps, inputs, outputs, dims }),
  };
  return me;
}

// The steps that some outputs need: those alone that lead to one of them.
export function stepsFor(question, names) {
  const wanted = new Set(names.map((name) => `${name}.out`));
  const needed = question.steps.toReversed().filter((step) => {
    if (!wanted.has(step.to)) return false;
    for (const name of [step.from, step.plus]) if (name) wanted.add(name);
    return true;
  });
  return needed.toReversed();
}
