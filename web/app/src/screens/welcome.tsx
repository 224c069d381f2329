// The first start: what this is, the rules, and one button.
import { useState } from "preact/hooks";

import { join, unread } from "../joining";
import { Icon } from "../parts/icon";
import { said } from "../parts/refusal";
import { Switch } from "../parts/switch";
import { showcase } from "../state";
import { either, t } from "../words";
import { Return } from "./return";

export function Welcome() {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  const [returning, setReturning] = useState(false);
  const programs = showcase.value?.programs ?? [];

  async function begin() {
    setBusy(true);
    setFailed("");
    try {
      await join();
    } catch (refused) {
      setFailed(said(refused));
    }
    setBusy(false);
  }

  if (returning) return <Return leave={() => setReturning(false)} />;
  return (
    <main class="welcome">
      <header>
        <Switch />
        <span class="mark">
          <Icon name="scan" />
        </span>
        <h1>{t("Scan the pack, get the bonus")}</h1>
        <p class="lead">{t("No name, no phone number, no forms. It works without a network too.")}</p>
      </header>
      <section class="foot">
        {unread(showcase.value).map((text) => (
          <details class="card">
            <summary>{t("Rules: {program}", { program: programs.find((one) => one.id === text.program_id)?.name ?? "" })}</summary>
            <p class="terms">{either(text.text_ru, text.text_en)}</p>
          </details>
        ))}
        {failed && (
          <p class="refusal" role="alert">
            {failed}
          </p>
        )}
        <button type="button" class="primary big" disabled={busy} onClick={() => void begin()}>
          {busy ? t("One moment…") : t("Start")}
        </button>
        <p class="soft small">{t("By starting you agree to the rules.")}</p>
        <button type="button" class="plain" onClick={() => setReturning(true)}>
          {t("I have an account already")}
        </button>
      </section>
    </main>
  );
}
