// Coming back on another phone: let in by the old one, or restored by what was saved.
import { useEffect, useRef, useState } from "preact/hooks";

import { api, Refused, told } from "../api";
import { now } from "../clock";
import { makeKey, passkeysHere, publicKey } from "../device";
import { deviceName } from "../joining";
import { Eye } from "../parts/eye";
import { Icon } from "../parts/icon";
import { Qr } from "../parts/qr";
import { inWords } from "../parts/refusal";
import { LINK, RECOVERY } from "../reading";
import { enter } from "../returning";
import { load, refresh } from "../state";
import { t } from "../words";

export function Return({ leave }: { leave: () => void }) {
  const [by, setBy] = useState<"link" | "words" | "qr" | "passkey" | undefined>(undefined);
  return (
    <main class="welcome">
      <button type="button" class="plain back" onClick={leave}>
        <Icon name="back" /> {t("Back")}
      </button>
      <h1>{t("I have an account already")}</h1>
      {by === undefined && (
        <div class="list">
          <button type="button" onClick={() => setBy("link")}>
            <Icon name="phone" /> {t("My old phone is here")}
          </button>
          <button type="button" onClick={() => setBy("qr")}>
            <Icon name="scan" /> {t("I have my recovery QR")}
          </button>
          <button type="button" onClick={() => setBy("words")}>
            <Icon name="shield" /> {t("I have my twelve words")}
          </button>
          {passkeysHere() && (
            <button type="button" onClick={() => setBy("passkey")}>
              <Icon name="key" /> {t("I have a passkey")}
            </button>
          )}
        </div>
      )}
      {by === "link" && <Linking />}
      {by === "qr" && <Restoring byCamera />}
      {by === "words" && <Restoring />}
      {by === "passkey" && <ByPasskey />}
    </main>
  );
}

function Linking() {
  const [secret, setSecret] = useState("");
  const [failed, setFailed] = useState("");

  useEffect(() => {
    let left = false;
    async function ask() {
      const key = await makeKey();
      const body = { public_key: await publicKey(key), device_name: deviceName() };
      const asked = await told(api.POST("/v1/device-links", { body }));
      setSecret(asked.secret);
      while (!left && now().getTime() < Date.parse(asked.expires_at)) {
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        if (await enter(key)) {
          await load();
          void refresh();
          return;
        }
      }
    }
    ask().catch((refused: unknown) => setFailed(inWords(refused instanceof Refused ? refused.slug : undefined)));
    return () => {
      left = true;
    };
  }, []);

  return (
    <section class="card">
      <p>{t("Open the app on the old phone and scan this with it.")}</p>
      {secret && <Qr text={LINK + secret} label={t("A code for the old phone")} />}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
    </section>
  );
}

function ByPasskey() {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");

  async function back() {
    setBusy(true);
    setFailed("");
    try {
      const { restoreByPasskey } = await import("../passkey");
      await restoreByPasskey();
    } catch (refused) {
      setFailed(inWords(refused instanceof Refused ? refused.slug : undefined));
    }
    setBusy(false);
  }

  return (
    <section class="card">
      <p>{t("The phone shows the passkeys that it has. Choose the one with your name here.")}</p>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button type="button" class="primary big" disabled={busy} onClick={() => void back()}>
        {busy ? t("One moment…") : t("Restore")}
      </button>
      <p class="soft small">{t("Earlier phones are signed out, and this one waits before it may spend.")}</p>
    </section>
  );
}

function Restoring({ byCamera = false }: { byCamera?: boolean }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  // The camera sees a QR many times; each is tried once.
  const tried = useRef("");

  async function back(kept: string) {
    setBusy(true);
    setFailed("");
    try {
      const { restore } = await import("../recovery");
      await restore(kept);
    } catch (refused) {
      setFailed(inWords(refused instanceof Refused ? refused.slug : "recovery_unknown"));
    }
    setBusy(false);
  }

  function seen(kept: string) {
    if (kept === tried.current) return;
    tried.current = kept;
    if (kept.startsWith(RECOVERY)) void back(kept);
    else setFailed(t("This is not a recovery QR."));
  }

  return (
    <section class="card">
      {byCamera ? (
        <>
          <p>{t("Show the QR to the camera, or choose its photo.")}</p>
          <Eye seen={seen} />
        </>
      ) : (
        <label>
          {t("Twelve words")}
          <textarea
            rows={4}
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      )}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      {!byCamera && (
        <button type="button" class="primary big" disabled={busy} onClick={() => void back(text)}>
          {t("Restore")}
        </button>
      )}
      {busy && <p role="status">{t("One moment…")}</p>}
      <p class="soft small">{t("Earlier phones are signed out, and this one waits before it may spend.")}</p>
    </section>
  );
}
