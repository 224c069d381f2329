// The way to what lies behind a page of a list.
import { useState } from "preact/hooks";

import { t } from "../words";
import { said } from "./refusal";

export function More({ more }: { more: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");

  async function ask() {
    setBusy(true);
    setFailed("");
    await more().catch((refused: unknown) => setFailed(said(refused)));
    setBusy(false);
  }

  return (
    <div class="more">
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button type="button" disabled={busy} onClick={() => void ask()}>
        {busy ? t("One moment…") : t("Earlier")}
      </button>
    </div>
  );
}
