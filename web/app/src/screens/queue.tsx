// What was scanned and is not sent yet: that it is safe, how much it is, and a button for the impatient.
import { useState } from "preact/hooks";

import { ScanRow } from "../parts/scan_row";
import { online, recent, sendNow, unsent } from "../state";
import { t, tn } from "../words";

export function QueueScreen() {
  const [busy, setBusy] = useState(false);

  async function send() {
    setBusy(true);
    await sendNow();
    setBusy(false);
  }

  return (
    <>
      <h1>{t("Unsent")}</h1>
      <p class="lead">
        {unsent.value === 0
          ? t("Everything is sent.")
          : tn("{number} scan is kept on this phone.", "{number} scans are kept on this phone.", unsent.value)}
      </p>
      <p class="soft">{t("They are sent by themselves as soon as there is a network. Nothing is lost and nothing counts twice.")}</p>
      <button type="button" class="primary big" disabled={busy || unsent.value === 0} onClick={() => void send()}>
        {t("Send now")}
      </button>
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
