// Saving the account: a QR to keep or print, or twelve words to write down; the server never sees either.
import { useState } from "preact/hooks";

import { Refused } from "../api";
import { Qr } from "../parts/qr";
import { inWords } from "../parts/refusal";
import { newQr, newWords, save } from "../recovery";
import { learnWallet } from "../state";
import { language, t } from "../words";

export function RecoveryScreen() {
  const [kept, setKept] = useState<{ kind: "qr" | "words"; text: string } | undefined>(undefined);
  const [said, setSaid] = useState("");
  const [failed, setFailed] = useState("");

  async function confirm() {
    if (!kept) return;
    setFailed("");
    try {
      await save(kept.kind, kept.text);
      setSaid(t("Saved. It works from now on; what you saved before does not."));
      setKept(undefined);
      await learnWallet();
    } catch (refused) {
      setFailed(inWords(refused instanceof Refused ? refused.slug : undefined));
    }
  }

  return (
    <>
      <h1>{t("Recovery")}</h1>
      <p>{t("Nobody knows who you are, so nobody but this brings the account back when the phone is lost.")}</p>
      {said && (
        <p class="card good" role="status">
          {said}
        </p>
      )}
      {!kept && (
        <div class="choices">
          <button type="button" class="primary big" onClick={() => setKept({ kind: "qr", text: newQr() })}>
            {t("Save a QR")}
          </button>
          <button
            type="button"
            class="big"
            onClick={() => void newWords(language.value).then((text) => setKept({ kind: "words", text }))}
          >
            {t("Write down twelve words")}
          </button>
        </div>
      )}
      {kept?.kind === "qr" && (
        <>
          <Qr text={kept.text} label={t("The recovery QR")} />
          <p>{t("Print it or take a picture of it with another phone. Whoever has it has the account.")}</p>
          <button type="button" onClick={() => window.print()}>
            {t("Print")}
          </button>
        </>
      )}
      {kept?.kind === "words" && (
        <>
          <ol class="words" translate={false}>
            {kept.text.split(" ").map((word) => (
              <li>{word}</li>
            ))}
          </ol>
          <p>{t("Write them down in this order. Whoever has them has the account.")}</p>
        </>
      )}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      {kept && (
        <button type="button" class="primary big" onClick={() => void confirm()}>
          {t("I have saved it")}
        </button>
      )}
    </>
  );
}
