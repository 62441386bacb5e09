// What the network needs of a graphics card: memory, programs, and a word when something has gone wrong.

// A card that answers, by WebGPU; null where this browser has none.
export async function deviceOf(gpu = navigator.gpu) {
  const adapter = await gpu?.requestAdapter();
  if (!adapter) return null;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
}

export function cardOf(device, kernels) {
  const module = device.createShaderModule({ code: kernels });
  const pipelines = new Map(); // one for each kind of layer
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;

  function filled(data, usage) {
    const buffer = device.createBuffer({ size: data.byteLength, usage, mappedAtCreation: true });
    new data.constructor(buffer.getMappedRange()).set(data);
    buffer.unmap();
    return buffer;
  }

  return {
    numbers: (data) => filled(data, STORAGE),
    settings: (...counts) => filled(Uint32Array.from(counts), UNIFORM),
    room: (bytes) => device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST | COPY_SRC }),
    write: (buffer, data) => device.queue.writeBuffer(buffer, 0, data),

    // A program of kernels.wgsl; the same one is compiled once.
    pipeline(entryPoint, constants = {}) {
      const key = JSON.stringify([entryPoint, constants]);
      if (!pipelines.has(key)) {
        const compute = { module, entryPoint, constants };
        pipelines.set(key, device.createComputePipelineAsync({ layout: 'auto', compute }));
      }
      return pipelines.get(key);
    },

    // A program with what it reads and writes, { number of the binding: buffer }, for so many workgroups.
    bound(pipeline, buffers, groups) {
      const entries = Object.entries(buffers).map(([binding, buffer]) => ({
        binding: Number(binding),
        resource: { buffer },
      }));
      const layout = pipeline.getBindGroupLayout(0);
      return { pipeline, bindings: device.createBindGroup({ layout, entries }), groups };
    },

    // Where arrays come down from the card.
    landing(
      arrays, // list of { from: buffer, dims: [channels, height, width] }
    ) {
      let end = 0;
      const places = arrays.map(({ from, dims }) => {
        const bytes = 4 * dims.reduce((a, b) => a * b);
        end += bytes;
        return { from, begin: end - bytes, bytes };
      });
      return { places, buffer: device.createBuffer({ size: end, usage: MAP_READ | COPY_DST }) };
    },

    // All programs, one after the other, as one command; resolves with the arrays that have come down.
    async run(programs, { places, buffer }) {
      const commands = device.createCommandEncoder();
      const pass = commands.beginComputePass();
      for (const { pipeline, bindings, groups } of programs) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(...groups);
      }
      pass.end();
      for (const { from, begin, bytes } of places) commands.copyBufferToBuffer(from, 0, buffer, begin, bytes);
      device.queue.submit([commands.finish()]);
      await buffer.mapAsync(GPUMapMode.READ);
      const all = buffer.getMappedRange();
      const arrays = places.map(({ begin, bytes }) => new Float32Array(all.slice(begin, begin + bytes)));
      buffer.unmap();
      return arrays;
    },

    // What `act` gives; throws an Error where the card had no memory or refused something that `act` did
    // before it waited for the first time.
    async watched(act) {
      const kinds = ['out-of-memory', 'validation', 'internal'];
      for (const kind of kinds) device.pushErrorScope(kind);
      const doing = (async () => act())();
      const faults = kinds.map(() => device.popErrorScope());
      const [done, ...told] = await Promise.allSettled([doing, ...faults]);
      const fault = told.map(({ value, reason }) => value ?? reason).find(Boolean);
      if (fault) throw new Error(fault.message);
      if (done.status === 'rejected') throw done.reason;
      return done.value;
    },
  };
}
