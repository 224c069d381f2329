// The reader, beside the page: looks for codes on one picture at a time.
import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import program from "zxing-wasm/reader/zxing_reader.wasm?url";

import type { Answer, Question } from "./reader";

void prepareZXingModule({ overrides: { locateFile: () => program }, fireImmediately: true });

const FORMATS: ReaderOptions["formats"] = ["QRCode", "DataMatrix", "EAN13"];
// Most frames are good or hopeless; only now and then it pays to turn every stone.
const FAST: ReaderOptions = {
  formats: FORMATS,
  tryHarder: false,
  tryRotate: false,
  tryInvert: false,
  tryDownscale: true,
  maxNumberOfSymbols: 4,
};
const HARD: ReaderOptions = { ...FAST, tryHarder: true, tryRotate: true, tryInvert: true, maxNumberOfSymbols: 20 };

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const started = performance.now();
  const found = await readBarcodes(data.picture instanceof Blob ? data.picture : pixels(data.picture), data.hard ? HARD : FAST);
  const texts = found.filter((one) => one.isValid).map((one) => one.text);
  self.postMessage({ id: data.id, texts, milliseconds: performance.now() - started } satisfies Answer);
};

function pixels(picture: ImageBitmap): ImageData {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(picture, 0, 0);
  picture.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
