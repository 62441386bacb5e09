// The parts of the page that are too large for its first second: the runtime, the network. Each is a file in
// gzip, either beside the page or inside it, as text.

// The parts that a page has; each has its `bytes`, as they travel, and `load`.
export function partsOf(
  places, // { name: { bytes, address } } for a file, { name: { bytes, element } } for text in this page
) {
  const parts = {};
  for (const [name, { bytes, address, element }] of Object.entries(places)) {
    const read = address ? (tell) => fetched(address, tell) : (tell) => inside(element, bytes, tell);
    parts[name] = { bytes, load: async (tell = () => {}) => unpacked(await read(tell)) };
  }
  return parts;
}

// A file of this server; `tell` hears how many bytes have come.
async function fetched(address, tell) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: the server answers ${answer.status}`);
  const reader = answer.body.getReader();
  const blocks = [];
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(blocks);
    blocks.push(value);
    count += value.length;
    tell(count);
  }
}

// Base64 inside the page; the browser itself decodes it, from an address that holds its own data.
async function inside(element, bytes, tell) {
  const text = document.getElementById(element).textContent.trim();
  const answer = await fetch(`data:application/octet-stream;base64,${text}`);
  tell(bytes);
  return answer.blob();
}

// Some servers unpack such files by themselves, so look at the first two bytes.
async function unpacked(blob) {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

// All of some parts at once, as ArrayBuffers; a part may be one already, or an async function that gives one.
export async function loadParts(
  parts,
  names,
  onProgress, // called with { loaded, total } in bytes as they travel
) {
  const seen = new Map();
  const total = names.reduce((sum, name) => sum + (parts[name].bytes ?? 0), 0);
  const load = async (name) => {
    const part = parts[name];
    if (part instanceof ArrayBuffer) return [name, part];
    const tell = (bytes) => {
      seen.set(name, Math.min(bytes, part.bytes ?? bytes));
      onProgress({ loaded: [...seen.values()].reduce((a, b) => a + b, 0), total });
    };
    return [name, await (part.load ?? part)(tell)];
  };
  return Object.fromEntries(await Promise.all(names.map(load)));
}
