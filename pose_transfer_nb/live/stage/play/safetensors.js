// A .safetensors file: eight bytes that say how long its table is, the table in JSON, then numbers alone.

// { name: { dtype, shape, bytes } } of a file; `bytes` is a view into it. Throws an Error where it is none.
export function tensorsOf(
  file, // ArrayBuffer
) {
  const begin = 8 + tableLength(file);
  const table = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, begin - 8)));
  const { __metadata__: _, ...entries } = table;
  const place = ([name, { dtype, shape, data_offsets: offsets }]) => {
    const [first, end] = offsets;
    return [name, { dtype, shape, bytes: new Uint8Array(file, begin + first, end - first) }];
  };
  return Object.fromEntries(Object.entries(entries).map(place));
}

function tableLength(file) {
  const length = file.byteLength < 8 ? Number.NaN : Number(new DataView(file).getBigUint64(0, true));
  if (!(length <= file.byteLength - 8)) throw new Error('these weights are no safetensors file');
  return length;
}

// The numbers of a tensor in single precision.
export function floatsIn(
  { dtype, bytes }, // of tensorsOf
) {
  const copy = bytes.slice().buffer; // numbers of four bytes must begin at a multiple of four
  if (dtype === 'F32') return new Float32Array(copy);
  if (dtype === 'F16') return unpackedHalves(new Uint16Array(copy));
  throw new Error(`weights of the type ${dtype} cannot be read`);
}

let table = null; // all 65,536 numbers of half precision: looking one up is quicker than computing it

function unpackedHalves(halves) {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => fromHalf(bits));
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) numbers[i] = table[halves[i]];
  return numbers;
}

// A number of half precision: 1 bit for the sign, 5 for the exponent, 10 for the fraction.
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}
