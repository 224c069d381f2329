// Scanning: one camera for packs, receipts and friends' codes; what it sees decides. Typing, photos, scanners beside it.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Camera, look } from "../camera/camera";
import { textsOn } from "../camera/reader";
import { heedScanner } from "../camera/wedge";
import { bad, good, known, wakeSound } from "../feedback";
import { Icon } from "../parts/icon";
import { inWords } from "../parts/refusal";
import { Result } from "../parts/result";
import { inARow } from "../parts/row";
import { Tools } from "../parts/tools";
import { Typing } from "../parts/typing";
import { read } from "../reading";
import type { Evidence } from "../store";
import { answered, take, type Taken } from "../taking";
import { t } from "../words";

/** So long a code has to be out of sight before it is taken for another look at it. */
const REST_MS = 2_500;

export function ScanScreen() {
  const video = useRef<HTMLVideoElement>(null);
  const [camera, setCamera] = useState<Camera | undefined>(undefined);
  const [dark, setDark] = useState(false);
  const [awake, setAwake] = useState(!document.hidden);
  /** What stands in the field while a code is typed. */
  const [typing, setTyping] = useState<string | undefined>(undefined);
  const [row, setRow] = useState<Evidence[] | undefined>(undefined);
  const [taken, setTaken] = useState<Taken | undefined>(undefined);
  const [hint, setHint] = useState("");
  const resting = (taken !== undefined && !row) || typing !== undefined;
  // What the camera's ever running look needs to know as it is now.
  const now = useRef({ resting, seen: new Map<string, number>() });
  now.current.resting = resting;
  useEffect(() => camera?.rest(resting), [camera, resting]);

  async function heed(text: string) {
    const { seen } = now.current;
    const before = seen.get(text) ?? 0;
    seen.set(text, Date.now());
    if (Date.now() - before < REST_MS) return;
    const one = await take(text);
    if (one.is === "hint") {
      setHint(one.text);
      known();
      return;
    }
    setHint("");
    setTaken(one);
    if (one.is === "again") known();
    else await follow(one.evidence);
  }

  /** From stored to answered. */
  async function follow(evidence: Evidence) {
    good();
    setRow((before) => before && [...before, evidence]);
    const told = await answered(evidence);
    if (told.state === "refused") bad();
    setRow((before) => before?.map((one) => (one.id === told.id ? told : one)));
    setTaken((shown) => (shown?.is === "kept" && shown.evidence.id === told.id ? { is: "kept", evidence: told } : shown));
  }

  /** By hand, from a photo or a scanner: meant, also when it was seen a moment ago. */
  function meant(text: string) {
    setTyping(undefined);
    now.current.seen.delete(text);
    return heed(text);
  }

  /** On to the next pack; the one that still lies there was seen this moment. */
  function next() {
    for (const text of now.current.seen.keys()) now.current.seen.set(text, Date.now());
    setTaken(undefined);
  }

  function setInARow(wanted: boolean) {
    now.current.seen.clear();
    setRow(wanted ? [] : undefined);
  }

  useEffect(() => {
    if (!awake || !video.current) return undefined;
    let opened: Camera | undefined;
    let left = false;
    const seen = (texts: string[]) => {
      if (!now.current.resting) void several(texts);
    };
    async function several(texts: string[]) {
      for (const text of withoutBars(texts)) await heed(text);
    }
    look(video.current, seen).then(
      (one) => {
        opened = one;
        if (left) one.stop();
        else setCamera(one);
      },
      () => setDark(true),
    );
    return () => {
      left = true;
      opened?.stop();
      setCamera(undefined);
    };
  }, [awake]);

  useEffect(() => {
    // In the pocket the camera is off.
    const heedSight = () => setAwake(!document.hidden);
    document.addEventListener("visibilitychange", heedSight);
    return () => document.removeEventListener("visibilitychange", heedSight);
  }, []);

  useEffect(() => heedScanner((text) => void meant(text)), []);

  async function photo(file: File) {
    setHint(t("Looking at the photo…"));
    const texts = await textsOn(file, true).catch(() => []);
    setHint(texts.length === 0 ? inWords("no_code_found") : "");
    for (const text of withoutBars(texts)) await meant(text);
  }

  return (
    <div class="scanning" onPointerDown={wakeSound}>
      <h1 class="unseen">{t("Scan")}</h1>
      <video ref={video} muted playsInline class={dark ? "off" : ""} />
      {dark && (
        <p class="nocamera">
          <Icon name="scan" />
          {t("There is no camera, or it may not be used here. Type the code, or take a photo.")}
        </p>
      )}
      {!dark && !taken && <div class="aim" aria-hidden="true" />}
      <p class="hint" role="status">
        {hint || (row ? inARow(row) : t("Hold the code into the frame"))}
      </p>
      <Tools
        camera={camera}
        row={row !== undefined}
        setRow={setInARow}
        type={() => setTyping("")}
        photo={(file) => void photo(file)}
      />
      {typing !== undefined && <Typing before={typing} leave={() => setTyping(undefined)} done={(text) => void meant(text)} />}
      {taken && taken.is !== "hint" && typing === undefined && (
        <Result
          taken={taken}
          brief={row !== undefined}
          correct={(text) => {
            setTaken(undefined);
            setTyping(text);
          }}
          next={next}
        />
      )}
    </div>
  );
}

/** The bars of the goods stand beside the code and say nothing while the code itself is in the picture. */
function withoutBars(texts: string[]): string[] {
  const codes = texts.filter((text) => read(text).is !== "goods");
  return codes.length > 0 ? codes : texts;
}
