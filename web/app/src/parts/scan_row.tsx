// A scan in a list: what it was, what became of it, what it is worth; unfolded, the whole story.
import { useState } from "preact/hooks";

import { api, Refused, told } from "../api";
import type { Evidence } from "../store";
import { moment, t } from "../words";
import { Icon } from "./icon";
import { LOOKS, story, titleOf, worth } from "./outcome";
import { inWords } from "./refusal";

export function ScanRow({ evidence }: { evidence: Evidence }) {
  const { heading, icon, tone } = LOOKS[evidence.state];
  return (
    <li class={`row ${tone}`}>
      <details>
        <summary>
          <span class="dot">
            <Icon name={icon} />
          </span>
          <span class="what">
            <b>{titleOf(evidence)}</b>
            <small>{`${t(heading)} · ${moment(evidence.scannedAt)}`}</small>
          </span>
          <span class="worth">{worth(evidence)}</span>
        </summary>
        <p>{story(evidence)}</p>
        {evidence.scan?.read_as && <p class="soft">{t("Read as {code}", { code: evidence.scan.read_as })}</p>}
        {evidence.state === "refused" && "code" in evidence.body && <Appeal about={{ code: evidence.body.code }} />}
      </details>
    </li>
  );
}

export type About = { code: string } | { activity_id: string } | { receipt_id: string };

/** An appeal in two taps: what is wrong, in one's own words or in those that are there. */
export function Appeal({ about }: { about: About }) {
  const [words, setWords] = useState("");
  const [said, setSaid] = useState("");

  async function send() {
    try {
      const body = { words: words.trim() || t("I hold the pack in my hand. Please look into it."), ...about };
      const dispute = await told(api.POST("/v1/disputes", { body }));
      setSaid(t("Your appeal has arrived. The answer comes by {day}.", { day: moment(dispute.answer_by) }));
    } catch (refused) {
      setSaid(inWords(refused instanceof Refused ? refused.slug : undefined));
    }
  }

  if (said) return <p role="status">{said}</p>;
  return (
    <details class="appeal">
      <summary>{t("Appeal")}</summary>
      <label>
        {t("What is wrong?")}
        <textarea
          rows={2}
          maxLength={500}
          placeholder={t("I hold the pack in my hand. Please look into it.")}
          value={words}
          onInput={(event) => setWords(event.currentTarget.value.replaceAll("\n", " "))}
        />
      </label>
      <button type="button" class="primary" onClick={() => void send()}>
        {t("Send the appeal")}
      </button>
    </details>
  );
}
