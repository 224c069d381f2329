// An appeal in two taps: what is wrong, in one's own words or in those that are there; then its clock and its answer.
import { useState } from "preact/hooks";

import { type About, appeal, appealAbout, type Dispute } from "../appeals";
import { now } from "../clock";
import { day, moment, t, tn } from "../words";
import { Icon } from "./icon";
import { said } from "./refusal";

const DAY_MS = 86_400_000;

export function Appeal({ about }: { about: About }) {
  const known = appealAbout(about);
  if (known?.state === "open") return <Clock dispute={known} />;
  return (
    <>
      {known && <Answer dispute={known} />}
      <Asking about={about} />
    </>
  );
}

function Asking({ about }: { about: About }) {
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  const usual = t("I hold the pack in my hand. Please look into it.");

  async function send() {
    setBusy(true);
    setFailed("");
    await appeal(about, words.trim() || usual).catch((refused: unknown) => setFailed(said(refused)));
    setBusy(false);
  }

  return (
    <details class="appeal">
      <summary>{t("Appeal")}</summary>
      <label>
        {t("What is wrong?")}
        <textarea
          rows={2}
          maxLength={500}
          placeholder={usual}
          value={words}
          onInput={(event) => setWords(event.currentTarget.value.replaceAll("\n", " "))}
        />
      </label>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button type="button" class="primary" disabled={busy} onClick={() => void send()}>
        {t("Send the appeal")}
      </button>
    </details>
  );
}

/** How long the answer may still take. */
export function Clock({ dispute }: { dispute: Dispute }) {
  const days = Math.max(0, Math.ceil((Date.parse(dispute.answer_by) - now().getTime()) / DAY_MS));
  return (
    <p class="clock" role="status">
      <Icon name="clock" />
      <span>
        {t("Your appeal has arrived. The answer comes by {day}.", { day: moment(dispute.answer_by) })}{" "}
        <b>{tn("{number} day left.", "{number} days left.", days)}</b>
      </span>
    </p>
  );
}

export function Answer({ dispute }: { dispute: Dispute }) {
  const upheld = dispute.state === "upheld";
  return (
    <div class={`answer ${upheld ? "good" : "bad"}`}>
      <b class="toned">
        {upheld
          ? t("Your appeal was upheld on {day}.", { day: day(dispute.answered_at ?? dispute.opened_at) })
          : t("Your appeal was not upheld on {day}.", { day: day(dispute.answered_at ?? dispute.opened_at) })}
      </b>
      {dispute.answer && <p>{dispute.answer}</p>}
    </div>
  );
}
