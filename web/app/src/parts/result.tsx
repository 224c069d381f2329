// The answer to a scan over the whole screen, in a colour that is seen from the corner of an eye.
import { useEffect, useRef } from "preact/hooks";

import { typed } from "../reading";
import type { Taken } from "../taking";
import { t } from "../words";
import { Appeal } from "./appeal";
import { Icon } from "./icon";
import { appealable, LOOKS, mistyped, story, titleOf, worth } from "./outcome";

interface Shown {
  taken: Exclude<Taken, { is: "hint" }>;
  /** In a row the camera goes on: a strip at the edge is enough. */
  brief: boolean;
  next: () => void;
  /** Back to the keys with what was typed. */
  correct?: (text: string) => void;
}

export function Result({ brief, correct, next, taken }: Shown) {
  const { evidence } = taken;
  const button = useRef<HTMLButtonElement>(null);
  const code = "code" in evidence.body ? evidence.body.code : "";
  const disputed = appealable(evidence);
  const look = taken.is === "again" && evidence.state !== "queued" ? LOOKS.yours : LOOKS[evidence.state];
  useEffect(() => button.current?.focus(), [evidence.id]);
  return (
    <section class={`result ${look.tone} ${brief ? "brief" : ""}`} role="alert">
      <Icon name={look.icon} />
      <h2>{t(look.heading)}</h2>
      {worth(evidence) && <p class="worth">{worth(evidence)}</p>}
      <p class="title">{titleOf(evidence)}</p>
      {!brief && (
        <>
          <p>{story(evidence)}</p>
          {evidence.scan?.read_as && <p>{t("Read as {code}", { code: evidence.scan.read_as })}</p>}
          {correct && mistyped(evidence) && (
            <button type="button" class="again" onClick={() => correct(typed(code))}>
              <Icon name="keyboard" /> {t("Correct it")}
            </button>
          )}
          {disputed && <Appeal about={{ code: disputed }} />}
          <button ref={button} type="button" class="big next" onClick={next}>
            {t("Next")}
          </button>
        </>
      )}
    </section>
  );
}
