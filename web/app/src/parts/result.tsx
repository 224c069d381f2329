// The answer to a scan over the whole screen, in a colour that is seen from the corner of an eye.
import { useEffect, useRef } from "preact/hooks";

import type { Taken } from "../taking";
import { t } from "../words";
import { Icon } from "./icon";
import { LOOKS, story, titleOf, worth } from "./outcome";
import { Appeal } from "./scan_row";

interface Shown {
  taken: Exclude<Taken, { is: "hint" }>;
  /** In a row the camera goes on: a strip at the edge is enough. */
  brief: boolean;
  next: () => void;
}

export function Result({ brief, next, taken }: Shown) {
  const { evidence } = taken;
  const button = useRef<HTMLButtonElement>(null);
  const look = taken.is === "again" && evidence.state !== "queued" ? LOOKS.yours : LOOKS[evidence.state];
  useEffect(() => button.current?.focus(), [evidence.id]);
  return (
    <section class={`result ${look.tone} ${brief ? "brief" : ""}`} role="alert">
      <Icon name={look.icon} />
      <h2>{t(look.heading)}</h2>
      <p class="worth">{worth(evidence)}</p>
      <p class="title">{titleOf(evidence)}</p>
      {!brief && (
        <>
          <p>{story(evidence)}</p>
          {evidence.state === "refused" && "code" in evidence.body && <Appeal about={{ code: evidence.body.code }} />}
          <button ref={button} type="button" class="big next" onClick={next}>
            {t("Next")}
          </button>
        </>
      )}
    </section>
  );
}
