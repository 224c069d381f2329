// A photo of a receipt: read on the phone where that succeeds, else made small enough to be kept and looked at later.
import { textsOn } from "./camera/reader";
import { read } from "./reading";
import type { Body } from "./store";

const EDGE_MAX = 2_000;
const QUALITY = 0.8;

export async function photographed(file: File): Promise<Body> {
  for (const text of await textsOn(file, true).catch(() => [])) {
    const reading = read(text);
    if (reading.is === "evidence" && reading.kind === "receipt") return reading.body;
  }
  return { photo: await smaller(file) };
}

/** The whole of it, as large as it has to be for its printed square. Raises what the browser raises for no picture. */
async function smaller(file: File): Promise<Blob> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, EDGE_MAX / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
