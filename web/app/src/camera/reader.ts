// Reading: the phone's own detector where it has one, else the reader in its worker.
export interface Question {
  id: number;
  picture: ImageBitmap | Blob;
  hard: boolean;
}

export interface Answer {
  id: number;
  texts: string[];
  milliseconds: number;
}

interface Detector {
  detect(picture: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}

const FORMATS = ["qr_code", "data_matrix", "ean_13"];

let worker: Worker | undefined;
let asked = 0;
let native: Promise<Detector | undefined> | undefined;

/** Every text on a picture; `hard` takes longer and finds more. */
export async function textsOn(picture: ImageBitmap | Blob, hard: boolean): Promise<string[]> {
  native ??= ownDetector();
  const detector = await native;
  if (detector && !hard) {
    const found = await detector.detect(picture as ImageBitmap);
    if (found.length > 0) {
      if (picture instanceof ImageBitmap) picture.close();
      return found.map((one) => one.rawValue);
    }
  }
  return (await ask(picture, hard)).texts;
}

/** Begin to load the reader before the first picture is there. */
export function warmUp(): void {
  worker ??= new Worker(new URL("./reader.worker.ts", import.meta.url), { type: "module" });
}

async function ask(picture: ImageBitmap | Blob, hard: boolean): Promise<Answer> {
  warmUp();
  const id = (asked += 1);
  return new Promise((resolve) => {
    const heed = ({ data }: MessageEvent<Answer>) => {
      if (data.id !== id) return;
      worker?.removeEventListener("message", heed);
      resolve(data);
    };
    worker?.addEventListener("message", heed);
    worker?.postMessage({ id, picture, hard } satisfies Question, picture instanceof Blob ? [] : [picture]);
  });
}

async function ownDetector(): Promise<Detector | undefined> {
  const Own = (globalThis as { BarcodeDetector?: { new (how: object): Detector; getSupportedFormats(): Promise<string[]> } })
    .BarcodeDetector;
  const formats = (await Own?.getSupportedFormats().catch(() => [])) ?? [];
  return Own && FORMATS.every((one) => formats.includes(one)) ? new Own({ formats: FORMATS }) : undefined;
}
