// The camera as a small window, or a photo, for one text that is looked for; loaded when it is opened.
import { useEffect, useRef, useState } from "preact/hooks";

import { t } from "../words";
import { Icon } from "./icon";
import { inWords } from "./refusal";

/** Tells every text that comes before the camera or stands on a chosen photo. */
export function Eye({ seen }: { seen: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [dark, setDark] = useState(false);
  const [hint, setHint] = useState("");

  useEffect(() => {
    let left = false;
    let stop = () => {};
    async function open() {
      const { look } = await import("../camera/camera");
      if (left || !video.current) return;
      const camera = await look(video.current, (texts) => texts.forEach((text) => seen(text)));
      stop = camera.stop;
      if (left) stop();
    }
    open().catch(() => setDark(true));
    return () => {
      left = true;
      stop();
    };
  }, []);

  async function photo(file: File | undefined) {
    if (!file) return;
    const { textsOn } = await import("../camera/reader");
    const texts = await textsOn(file, true).catch(() => []);
    setHint(texts.length === 0 ? inWords("no_code_found") : "");
    for (const text of texts) seen(text);
  }

  return (
    <div class="eye">
      <video ref={video} muted playsInline class={dark ? "off" : ""} />
      {dark && <p class="soft">{t("There is no camera, or it may not be used here.")}</p>}
      <label class="button">
        <Icon name="picture" /> {t("From a photo")}
        <input type="file" accept="image/*" class="unseen" onChange={(event) => void photo(event.currentTarget.files?.[0])} />
      </label>
      {hint && <p role="status">{hint}</p>}
    </div>
  );
}
