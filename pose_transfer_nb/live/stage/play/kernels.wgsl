// The network on a graphics card: four small programs. Channels lie in fours: a `vec4f` holds four channels
// of one cell, and cells follow each other row by row. So whatever is read lies side by side, and one
// convolution's tap is a matrix of 4 x 4 that takes four channels to four others.

// convolve: each invocation makes four channels of four neighbours in a row. It reads a matrix once and uses
// it for all four. Where a layer has few cells and many channels, several invocations share one such block:
// each sums up a part of the channels, and the first adds the parts in the workgroup's memory.

override KERNEL: u32 = 3;  // taps along one side
override STRIDE: u32 = 1;
override BEFORE: u32 = 1;  // cells of zeros above and to the left
override SPREAD: u32 = 1;  // 2: a transposed convolution, made of four (folding.js); results lie two apart
override SHARES: u32 = 1;  // invocations that share one block
override BLOCKS: u32 = 64;  // blocks of a workgroup

struct Layer {
  fours_in: u32,
  height_in: u32,
  width_in: u32,
  fours_out: u32,
  height: u32,  // of the grid that is computed; where SPREAD is 2, four of them make the result
  width: u32,
  relu: u32,
  plus: u32,  // is something added at the end?
}

@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var<storage, read> seen: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<mat4x4f>;
@group(0) @binding(3) var<storage, read> shifts: array<vec4f>;
@group(0) @binding(4) var<storage, read> added: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> made: array<vec4f>;

var<workgroup> shares: array<mat4x4f, 64>;  // BLOCKS * SHARES is 64

// Four channels of a cell; zeros beside the picture. A row or column above is a very large number here.
fn cell(four: u32, row: u32, column: u32) -> vec4f {
  if (row >= layer.height_in || column >= layer.width_in) { return vec4f(); }
  return seen[(four * layer.height_in + row) * layer.width_in + column];
}

@compute @workgroup_size(BLOCKS, 1, SHARES)
fn convolve(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let across = (layer.width + 3) / 4;
  let block = group.x * BLOCKS + local.x;
  let row = block / across;
  let column = block % across * 4;
  let odd = vec2u(group.z % 2, group.z / 2);  // of the four convolutions, which one?
  let top = row * STRIDE + odd.y - BEFORE;
  let left = column * STRIDE + odd.x - BEFORE;
  let first = (group.z * layer.fours_out + group.y) * layer.fours_in;

  var sum = mat4x4f();  // a column for each of the four neighbours
  for (var four = local.z; four < layer.fours_in; four += SHARES) {
    for (var y = 0u; y < KERNEL; y++) {
      for (var x = 0u; x < KERNEL; x++) {
        let matrix = weights[((first + four) * KERNEL + y) * KERNEL + x];
        let at = left + x;
        sum += matrix * mat4x4f(
          cell(four, top + y, at),
          cell(four, top + y, at + STRIDE),
          cell(four, top + y, at + 2 * STRIDE),
          cell(four, top + y, at + 3 * STRIDE),
        );
      }
    }
  }

  if (SHARES > 1) {
    shares[local.z * BLOCKS + local.x] = sum;
    workgroupBarrier();
    if (local.z > 0) { return; }
    for (var other = 1u; other < SHARES; other++) { sum += shares[other * BLOCKS + local.x]; }
  }
  if (row >= layer.height) { return; }
  for (var i = 0u; i < min(4, layer.width - column); i++) {
    finish(group.y, row * SPREAD + odd.y, (column + i) * SPREAD + odd.x, sum[i]);
  }
}

// What comes behind the sum: the norm's summand (its factor is in the weights), ReLU, the residual's input.
fn finish(four: u32, row: u32, column: u32, sum: vec4f) {
  let at = (four * layer.height * SPREAD + row) * layer.width * SPREAD + column;
  var value = sum + shifts[four];
  if (layer.relu == 1) { value = max(value, vec4f()); }
  if (layer.plus == 1) { value += added[at]; }
  made[at] = value;
}

// Outside, channels lie as planes, one after the other. One invocation for each four of a cell.

struct Planes {
  channels: u32,
  cells: u32,
  by: u32,  // what is done on leaving: 0 nothing, 1 sigmoid, 2 tanh
}

@group(0) @binding(6) var<uniform> planes: Planes;
@group(0) @binding(7) var<storage, read> given: array<f32>;
@group(0) @binding(8) var<storage, read_write> left_behind: array<f32>;

fn from_planes(four: u32, at: u32) -> vec4f {
  var value = vec4f();
  for (var i = 0u; i < min(4, planes.channels - four * 4); i++) {
    value[i] = given[(four * 4 + i) * planes.cells + at];
  }
  return value;
}

@compute @workgroup_size(64)
fn enter(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.cells) { return; }
  made[id.y * planes.cells + id.x] = from_planes(id.y, id.x);
}

// The gate: features times the mask, in every channel of every cell.
@compute @workgroup_size(64)
fn gate(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.cells) { return; }
  let at = id.y * planes.cells + id.x;
  made[at] = seen[at] * from_planes(id.y, id.x);
}

@compute @workgroup_size(64)
fn leave(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.cells) { return; }
  var value = seen[id.y * planes.cells + id.x];
  if (planes.by == 1) { value = 1 / (1 + exp(-value)); }
  if (planes.by == 2) { value = tanh(clamp(value, vec4f(-15), vec4f(15))); }  // beyond, some cards overflow
  for (var i = 0u; i < min(4, planes.channels - id.y * 4); i++) {
    left_behind[(id.y * 4 + i) * planes.cells + id.x] = value[i];
  }
}
