// Saving the account: a QR to keep or print, twelve words to write down, or a passkey; the server never sees any of them.
import { useEffect, useState } from "preact/hooks";

import { Refused, type Schemas } from "../api";
import { passkeysHere } from "../device";
import { Back } from "../parts/back";
import { Icon } from "../parts/icon";
import { Qr } from "../parts/qr";
import { inWords } from "../parts/refusal";
import { newQr, newWords, remove, save, saved } from "../recovery";
import { learnWallet } from "../state";
import { language, marked, moment, t } from "../words";

type Saved = Schemas["RecoveryState"];

const KINDS = { qr: marked("a QR"), words: marked("twelve words"), passkey: marked("a passkey") };

export function RecoveryScreen() {
  const [now, setNow] = useState<Saved | undefined>(undefined);
  const [kept, setKept] = useState<{ kind: "qr" | "words"; text: string } | undefined>(undefined);
  const [said, setSaid] = useState("");
  const [failed, setFailed] = useState("");

  useEffect(() => void saved().then(setNow, () => undefined), []);

  /** Change what restores the account, and say how that went. */
  async function change(done: () => Promise<Saved>, words: string) {
    setFailed("");
    setSaid("");
    try {
      setNow(await done());
      setSaid(words);
      setKept(undefined);
      await learnWallet();
    } catch (refused) {
      setFailed(inWords(refused instanceof Refused ? refused.slug : undefined));
    }
  }

  const replaced = t("Saved. It works from now on; what you saved before does not.");
  const confirm = () => (kept ? change(() => save(kept.kind, kept.text), replaced) : undefined);
  const makePasskey = async () => (await import("../passkey")).savePasskey();

  return (
    <>
      <Back to="me" text={marked("Me")} />
      <h1>{t("Recovery")}</h1>
      <p>{t("Nobody knows who you are, so nobody but this brings the account back when the phone is lost.")}</p>
      {said && (
        <p class="card good" role="status">
          {said}
        </p>
      )}
      {!kept && now?.kind && (
        <section class="card">
          <p>{t("Restored by: {what}", { what: t(KINDS[now.kind]) })}</p>
          <p class="soft small">{moment(now.created_at ?? "")}</p>
          <button type="button" class="danger" onClick={() => void change(remove, t("Removed. Nothing restores the account now."))}>
            {t("Remove")}
          </button>
        </section>
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
          {passkeysHere() && (
            <button type="button" class="big" onClick={() => void change(makePasskey, replaced)}>
              <Icon name="key" /> {t("Make a passkey")}
            </button>
          )}
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
