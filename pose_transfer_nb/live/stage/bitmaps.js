// Files of pictures, such as JPEG and PNG, as something to draw.

export function bitmapOf(
  bytes, // of the file: an ArrayBuffer, or a view of one
) {
  return createImageBitmap(new Blob([bytes]));
}

export function bytesOf(
  text, // in base64
) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
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
