// The tools below the camera, where the thumb is: light, zoom, a row of packs, typing, a photo.
import { useEffect, useState } from "preact/hooks";

import type { Camera } from "../camera/camera";
import { t } from "../words";
import { Icon } from "./icon";

interface Offered {
  camera: Camera | undefined;
  row: boolean;
  setRow: (wanted: boolean) => void;
  type: () => void;
  photo: (file: File) => void;
}

export function Tools({ camera, photo, row, setRow, type }: Offered) {
  return (
    <div class="tools">
      {camera?.zoom && <Zoom camera={camera} range={camera.zoom} />}
      {camera?.torch && <Torch camera={camera} />}
      <button type="button" aria-pressed={row} onClick={() => setRow(!row)}>
        <Icon name="boxes" /> {t("In a row")}
      </button>
      <button type="button" onClick={type}>
        <Icon name="keyboard" /> {t("Type")}
      </button>
      <label class="button">
        <Icon name="picture" /> {t("Photo")}
        <input type="file" accept="image/*" class="unseen" onChange={({ currentTarget }) => chosen(currentTarget, photo)} />
      </label>
    </div>
  );
}

/** The file that was chosen; the same one may be chosen again. */
export function chosen(input: HTMLInputElement, heed: (file: File) => void): void {
  const [file] = input.files ?? [];
  if (file) heed(file);
  input.value = "";
}

function Torch({ camera }: { camera: Camera }) {
  const [lit, setLit] = useState(false);
  // Another opening of the camera begins in the dark.
  useEffect(() => setLit(false), [camera]);

  async function light() {
    await camera.light(!lit).then(
      () => setLit(!lit),
      () => undefined,
    );
  }

  return (
    <button type="button" aria-pressed={lit} onClick={() => void light()}>
      <Icon name="torch" /> {t("Light")}
    </button>
  );
}

function Zoom({ camera, range: { at, max, min, step } }: { camera: Camera; range: NonNullable<Camera["zoom"]> }) {
  return (
    <input
      type="range"
      aria-label={t("Zoom")}
      min={min}
      max={max}
      step={step || "any"}
      defaultValue={String(at)}
      onInput={(event) => void camera.closer(event.currentTarget.valueAsNumber).catch(() => undefined)}
    />
  );
}
