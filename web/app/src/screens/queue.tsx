// What was scanned and is not sent yet: that it is safe, how much it is, and a button for the impatient.
import { useState } from "preact/hooks";

import { Back } from "../parts/back";
import { Empty } from "../parts/empty";
import { ScanRow } from "../parts/scan_row";
import { online, recent, sendNow, unsent } from "../state";
import { marked, t, tn } from "../words";

export function QueueScreen() {
  const [busy, setBusy] = useState(false);

  async function send() {
    setBusy(true);
    await sendNow();
    setBusy(false);
  }

  return (
    <>
      <Back to="me" text={marked("Me")} />
      <h1>{t("Unsent")}</h1>
      {unsent.value === 0 ? (
        <Empty icon="check">{t("Everything is sent.")}</Empty>
      ) : (
        <p class="lead">{tn("{number} scan is kept on this phone.", "{number} scans are kept on this phone.", unsent.value)}</p>
      )}
      <p class="soft">{t("They are sent by themselves as soon as there is a network. Nothing is lost and nothing counts twice.")}</p>
      {unsent.value > 0 && (
        <button type="button" class="primary big" disabled={busy} onClick={() => void send()}>
          {busy ? t("One moment…") : t("Send now")}
        </button>
      )}
      {!online.value && <p class="soft" role="status">{t("There is no network.")}</p>}
      <ul class="rows">
        {recent.value
          .filter((evidence) => evidence.due)
          .slice(0, 100)
          .map((evidence) => (
            <ScanRow evidence={evidence} />
          ))}
      </ul>
    </>
  );
}
