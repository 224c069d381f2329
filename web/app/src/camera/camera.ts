// The camera: turned on, lit and zoomed where the phone can do that, looked through until it is turned off.
import { textsOn, warmUp } from "./reader";

const EVERY_HARD = 4;

interface Range {
  min: number;
  max: number;
  step: number;
}

interface Abilities extends MediaTrackCapabilities {
  torch?: boolean;
  zoom?: Range;
}

export interface Camera {
  torch: boolean;
  /** How near it can come, and how near it is. */
  zoom: (Range & { at: number }) | undefined;
  light(on: boolean): Promise<void>;
  closer(zoom: number): Promise<void>;
  /** While an answer covers the picture nothing is looked for: a cheap phone has better to do. */
  rest(resting: boolean): void;
  stop(): void;
}

/** Show it on `video` and tell every text that is seen. Raises what the browser raises when there is no camera. */
export async function look(video: HTMLVideoElement, seen: (texts: string[]) => void): Promise<Camera> {
  warmUp();
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  const [track] = stream.getVideoTracks();
  const can = (track?.getCapabilities?.() ?? {}) as Abilities;
  const is = (track?.getSettings?.() ?? {}) as { zoom?: number };
  const set = async (one: object) => track?.applyConstraints({ advanced: [one] } as MediaTrackConstraints);
  video.srcObject = stream;
  await video.play();
  const going = { on: true, resting: false };
  void watch(video, seen, going);
  return {
    torch: can.torch === true,
    zoom: can.zoom && can.zoom.max > can.zoom.min ? { ...can.zoom, at: is.zoom ?? can.zoom.min } : undefined,
    light: (on) => set({ torch: on }),
    closer: (zoom) => set({ zoom }),
    rest(resting) {
      going.resting = resting;
    },
    stop() {
      going.on = false;
      for (const one of stream.getTracks()) one.stop();
    },
  };
}

/** One frame after the other, as fast as they are read. */
async function watch(
  video: HTMLVideoElement,
  seen: (texts: string[]) => void,
  going: { on: boolean; resting: boolean },
): Promise<void> {
  for (let frame = 1; going.on; frame += 1) {
    await nextFrame(video);
    if (!going.on || going.resting || video.readyState < video.HAVE_CURRENT_DATA) continue;
    const texts = await textsOn(await createImageBitmap(video), frame % EVERY_HARD === 0);
    if (going.on && texts.length > 0) seen(texts);
  }
}

function nextFrame(video: HTMLVideoElement): Promise<unknown> {
  return new Promise((resolve) => {
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(resolve);
    else setTimeout(resolve, 40);
  });
}
