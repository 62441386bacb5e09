// Files of pictures, such as JPEG and PNG, as something to draw.

export function bitmapOf(
  bytes, // of the file: an ArrayBuffer, or a view of one
) {
  return createImageBitmap(new Blob([bytes]));
}

// A picture by its address; null where it cannot be read.
export async function imageAt(address) {
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
  } catch {
    return null;
  }
  return image;
}
