// Animations as GIF files (89a), written byte by byte.

// frames: list of { data: RGBA bytes } of one size; the colours are those of a cube of 6 x 7 x 6 steps.
export function gifOf(frames, [height, width], secondsEach) {
  const out = [...text('GIF89a'), ...word(width), ...word(height), 0xf7, 0, 0, ...palette()];
  out.push(0x21, 0xff, 11, ...text('NETSCAPE2.0'), 3, 1, 0, 0, 0); // for ever
  for (const { data } of frames) {
    out.push(0x21, 0xf9, 4, 0, ...word(Math.round(100 * secondsEach)), 0, 0);
    out.push(0x2c, 0, 0, 0, 0, ...word(width), ...word(height), 0, 8);
    pushBlocks(out, lzw(dithered(data, width)));
  }
  out.push(0x3b);
  return Uint8Array.from(out);
}

const text = (letters) => [...letters].map((c) => c.charCodeAt(0));
const word = (n) => [n & 255, n >> 8];
const STEPS = [6, 7, 6]; // of red, green and blue

function palette() {
  const colours = new Array(768).fill(0);
  for (let i = 0; i < 252; i++) {
    const steps = [Math.floor(i / 42), Math.floor(i / 6) % 7, i % 6];
    steps.forEach((s, c) => {
      colours[3 * i + c] = Math.round((255 * s) / (STEPS[c] - 1));
    });
  }
  return colours;
}

// Numbers of colours; a fine pattern hides the steps between them.
const PATTERN = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map((v) => (v + 0.5) / 16 - 0.5);

function dithered(data, width) {
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => {
    const y = Math.floor(i / width);
    const noise = PATTERN[4 * (y % 4) + ((i - y * width) % 4)];
    const [r, g, b] = STEPS.map((n, c) => {
      const v = (data[4 * i + c] / 255) * (n - 1) + noise * 0.8;
      return Math.max(0, Math.min(n - 1, Math.round(v)));
    });
    return 42 * r + 6 * g + b;
  });
}

// Lempel, Ziv and Welch's compression with codes of 9 to 12 bits.
function lzw(values) {
  const bytes = [];
  let bits = 0;
  let held = 0;
  let size = 9;
  let next = 258;
  let known = new Map();
  const put = (code) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8) {
      bytes.push(held & 255);
      held >>= 8;
    }
  };
  const clear = () => {
    put(256);
    size = 9;
    next = 258;
    known = new Map();
  };
  clear();
  let prefix = values[0];
  for (let i = 1; i < values.length; i++) {
    const key = prefix * 256 + values[i];
    if (known.has(key)) {
      prefix = known.get(key);
      continue;
    }
    put(prefix);
    prefix = values[i];
    if (next === 4096) {
      clear();
      continue;
    }
    known.set(key, next++);
    if (next > 1 << size && size < 12) size++;
  }
  put(prefix);
  put(257);
  if (bits) bytes.push(held & 255);
  return bytes;
}

function pushBlocks(out, bytes) {
  for (let i = 0; i < bytes.length; i += 255) {
    const block = bytes.slice(i, i + 255);
    out.push(block.length, ...block);
  }
  out.push(0);
}
