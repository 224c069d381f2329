// Scanning: one camera for packs, receipts and friends' codes; what it sees decides. Typing and photos beside it.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Camera, look } from "../camera/camera";
import { textsOn } from "../camera/reader";
import { bad, good, known, wakeSound } from "../feedback";
import { Icon } from "../parts/icon";
import { Result } from "../parts/result";
import { inWords } from "../parts/refusal";
import { Typing } from "../parts/typing";
import { read } from "../reading";
import { answered, take, type Taken } from "../taking";
import { t, tn } from "../words";

/** So long a code that was just seen is not seen again while the camera rests on it. */
const REST_MS = 2_500;

export function ScanScreen() {
  const video = useRef<HTMLVideoElement>(null);
  const [camera, setCamera] = useState<Camera | undefined>(undefined);
  const [dark, setDark] = useState(false);
  const [lit, setLit] = useState(false);
  const [typing, setTyping] = useState(false);
  const [row, setRow] = useState(false);
  const [count, setCount] = useState(0);
  const [taken, setTaken] = useState<Taken | undefined>(undefined);
  const [hint, setHint] = useState("");
  // What the camera's ever running look needs to know as it is now.
  const now = useRef({ row, resting: false, seen: new Map<string, number>() });
  now.current.row = row;

  async function heed(text: string) {
    const { seen } = now.current;
    if (Date.now() - (seen.get(text) ?? 0) < REST_MS) return;
    seen.set(text, Date.now());
    const one = await take(text);
    if (one.is === "hint") {
      setHint(one.text);
      known();
      return;
    }
    setHint("");
    setTaken(one);
    now.current.resting = !now.current.row;
    if (one.is === "again") known();
    else {
      good();
      setCount((before) => before + 1);
      const told = await answered(one.evidence);
      if (told.state === "refused") bad();
      setTaken((shown) => (shown?.is === "kept" && shown.evidence.id === told.id ? { is: "kept", evidence: told } : shown));
    }
  }

  useEffect(() => {
    let opened: Camera | undefined;
    let left = false;
    const seen = (texts: string[]) => {
      if (!now.current.resting) void several(texts);
    };
    async function several(texts: string[]) {
      // The bars of the goods stand beside the code and say nothing while the code itself is in the picture.
      const codes = texts.filter((text) => read(text).is !== "goods");
      for (const text of codes.length > 0 ? codes : texts) await heed(text);
    }
    if (video.current) {
      look(video.current, seen).then(
        (one) => {
          opened = one;
          if (left) one.stop();
          else setCamera(one);
        },
        () => setDark(true),
      );
    }
    return () => {
      left = true;
      opened?.stop();
    };
  }, []);

  async function photo(file: File | undefined) {
    if (!file) return;
    const texts = await textsOn(file, true).catch(() => []);
    if (texts.length === 0) setHint(inWords("no_code_found"));
    for (const text of texts) await heed(text);
  }

  function next() {
    setTaken(undefined);
    now.current.resting = false;
  }

  return (
    <div class="scanning" onPointerDown={wakeSound}>
      <h1 class="unseen">{t("Scan")}</h1>
      <video ref={video} muted playsInline class={dark ? "off" : ""} />
      {dark && <p class="nocamera">{t("There is no camera, or it may not be used here. Type the code, or take a photo.")}</p>}
      {!dark && !taken && <div class="aim" aria-hidden="true" />}
      <p class="hint" role="status">
        {hint || (row ? tn("{number} in a row", "{number} in a row", count) : t("Hold the code into the frame"))}
      </p>
      <div class="tools">
        {camera?.torch && (
          <button
            type="button"
            aria-pressed={lit}
            onClick={() => {
              void camera.light(!lit);
              setLit(!lit);
            }}
          >
            <Icon name="torch" /> {t("Light")}
          </button>
        )}
        {camera?.zoom && (
          <input
            type="range"
            aria-label={t("Zoom")}
            {...camera.zoom}
            onInput={(event) => void camera.closer(event.currentTarget.valueAsNumber)}
          />
        )}
        <button type="button" aria-pressed={row} onClick={() => setRow(!row)}>
          <Icon name="boxes" /> {t("In a row")}
        </button>
        <button type="button" onClick={() => setTyping(true)}>
          <Icon name="keyboard" /> {t("Type")}
        </button>
        <label class="button">
          <Icon name="picture" /> {t("Photo")}
          <input type="file" accept="image/*" class="unseen" onChange={(event) => void photo(event.currentTarget.files?.[0])} />
        </label>
      </div>
      {typing && (
        <Typing
          leave={() => setTyping(false)}
          done={(text) => {
            setTyping(false);
            now.current.seen.delete(text);
            void heed(text);
          }}
        />
      )}
      {taken && taken.is !== "hint" && <Result taken={taken} brief={row} next={next} />}
    </div>
  );
}
