// The network in WebAssembly: three graphs in ONNX, run by onnxruntime-web.

const SESSIONS = ['encode', 'masks', 'decode'];

// Resolves with { run }.
export async function wasmNetwork({
  runtime, // text of onnxruntime's script
  wasm, // ArrayBuffer
  weights, // ArrayBuffer of a .safetensors file
  location, // what the graphs call that file
  graphs, // { encode, masks, decode }, ArrayBuffers
}) {
  const address = URL.createObjectURL(new Blob([runtime], { type: 'text/javascript' }));
  const ort = await import(address);
  URL.revokeObjectURL(address);
  Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: wasm });
  const externalData = [{ path: location, data: new Uint8Array(weights) }];
  const options = { executionProviders: ['wasm'], externalData, logSeverityLevel: 3 };
  const sessions = {};
  for (const name of SESSIONS)
    sessions[name] = await ort.InferenceSession.create(new Uint8Array(graphs[name]), options);

  return {
    // Some outputs of a question, as [{ name, data, dims: [channels, height, width] }]; the inputs are
    // { name: { data, dims } }.
    async run(question, inputs, names) {
      const feeds = {};
      for (const [name, { data, dims }] of Object.entries(inputs))
        feeds[name] = new ort.Tensor('float32', data, [1, ...dims]);
      const outputs = await sessions[question].run(feeds, names);
      return names.map((name) => ({ name, data: outputs[name].data, dims: outputs[name].dims.slice(1) }));
    },
  };
}
