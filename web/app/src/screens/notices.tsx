// Notices: what this phone is woken for, and its quiet hours.
import { useEffect, useState } from "preact/hooks";

import { Back } from "../parts/back";
import { inWords, said as inWordsOf } from "../parts/refusal";
import { kept, KINDS, leaveAlone, NotAllowed, type Notice, wake, wakingKey } from "../notices";
import { marked, t } from "../words";

const NIGHT = { from: "22:00", until: "08:00" };

export function NoticesScreen() {
  const [key, setKey] = useState<string | null>(null);
  const [on, setOn] = useState(false);
  const [notices, setNotices] = useState<Notice[]>(KINDS.map(([kind]) => kind));
  const [night, setNight] = useState<typeof NIGHT | undefined>(NIGHT);
  const [said, setSaid] = useState("");
  const [failed, setFailed] = useState("");

  async function learn() {
    const mine = await kept();
    setOn(mine !== undefined);
    if (mine) {
      setNotices(mine.notices);
      setNight(mine.quiet && { from: clock(mine.quiet.from), until: clock(mine.quiet.until) });
    }
    setKey(await wakingKey());
  }

  async function attempt(done: () => Promise<string>) {
    setFailed("");
    setSaid("");
    try {
      setSaid(await done());
      setOn((await kept()) !== undefined);
    } catch (refused) {
      setFailed(whyNot(refused));
    }
  }

  async function save() {
    if (!key) return "";
    const quiet = night && night.from !== night.until ? { from: minutes(night.from), until: minutes(night.until) } : undefined;
    await wake({ notices, quiet }, key);
    return t("Saved. The phone is woken for these.");
  }

  async function off() {
    await leaveAlone();
    return t("This phone is not woken any more.");
  }

  function choose(kind: Notice, wanted: boolean) {
    setNotices(KINDS.map(([one]) => one).filter((one) => (one === kind ? wanted : notices.includes(one))));
  }

  useEffect(() => void learn().catch(() => undefined), []);
  return (
    <>
      <Back to="me" text={marked("Me")} />
      <h1>{t("Notices")}</h1>
      <p class="soft">{t("What is shown on a locked phone tells nothing of you and no amount.")}</p>
      <fieldset class="card">
        <legend>{t("Wake me when")}</legend>
        {KINDS.map(([kind, text]) => (
          <label class="check">
            <input type="checkbox" checked={notices.includes(kind)} onChange={(event) => choose(kind, event.currentTarget.checked)} />
            {t(text)}
          </label>
        ))}
      </fieldset>
      <fieldset class="card">
        <legend>{t("Quiet hours")}</legend>
        <label class="check">
          <input type="checkbox" checked={night !== undefined} onChange={(event) => setNight(event.currentTarget.checked ? NIGHT : undefined)} />
          {t("Let me sleep")}
        </label>
        {night && (
          <div class="hours">
            <label>
              {t("From")}
              <input type="time" required value={night.from} onChange={(event) => setNight({ ...night, from: event.currentTarget.value })} />
            </label>
            <label>
              {t("Until")}
              <input type="time" required value={night.until} onChange={(event) => setNight({ ...night, until: event.currentTarget.value })} />
            </label>
          </div>
        )}
      </fieldset>
      {said && (
        <p class="toned good" role="status">
          {said}
        </p>
      )}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button type="button" class="primary big" disabled={!key || notices.length === 0} onClick={() => void attempt(save)}>
        {on ? t("Save") : t("Wake this phone")}
      </button>
      {on && (
        <button type="button" class="plain" onClick={() => void attempt(off)}>
          {t("Leave me alone")}
        </button>
      )}
    </>
  );
}

/** What the browser refuses comes without words of ours. */
function whyNot(refused: unknown): string {
  if (refused instanceof NotAllowed) return inWords("push_forbidden");
  return refused instanceof DOMException ? inWords("push_lost") : inWordsOf(refused);
}

function minutes(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

function clock(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
