// Who one is here: an alias and a phone; the language, what saves the account, what is kept, and the way out.
import { useEffect, useState } from "preact/hooks";

import { api, Refused, told } from "../api";
import { giveFile } from "../giving";
import { Groups } from "../parts/groups";
import { Icon } from "../parts/icon";
import { closeAccount } from "../leaving";
import { wakingKey } from "../notices";
import { said } from "../parts/refusal";
import { Switch } from "../parts/switch";
import { go } from "../place";
import { me, unsent } from "../state";
import { either, t, tn } from "../words";

export function MeScreen() {
  const [wakes, setWakes] = useState(false);
  const [failed, setFailed] = useState("");
  useEffect(() => void wakingKey().then((key) => setWakes(key !== null), () => undefined), []);
  return (
    <>
      <h1>{t("Me")}</h1>
      <section class="card alias">
        <Icon name="person" />
        <b>{either(me.value?.alias, me.value?.aliasEn)}</b>
        <small class="soft">{t("Nobody knows more about you.")}</small>
      </section>
      <section class="card setting">
        <span>{t("Language")}</span>
        <Switch />
      </section>
      <nav class="list">
        <button type="button" onClick={() => go("receipt")}>
          <Icon name="receipt" /> {t("Receipts")}
        </button>
        <button type="button" onClick={() => go("statement")}>
          <Icon name="list" /> {t("Statement")}
        </button>
        <button type="button" onClick={() => go("queue")}>
          <Icon name="boxes" /> {t("Unsent")}
          {unsent.value > 0 && <b class="count">{unsent.value}</b>}
        </button>
        <button type="button" onClick={() => go("appeals")}>
          <Icon name="scales" /> {t("Appeals")}
        </button>
        <button type="button" onClick={() => go("recovery")}>
          <Icon name="shield" /> {t("Recovery")}
        </button>
        <button type="button" onClick={() => go("devices")}>
          <Icon name="phone" /> {t("My phones")}
        </button>
        {wakes && (
          <button type="button" onClick={() => go("notices")}>
            <Icon name="bell" /> {t("Notices")}
          </button>
        )}
        <button type="button" onClick={() => void takeAlong().catch((refused: unknown) => setFailed(said(refused)))}>
          <Icon name="share" /> {t("All that is kept about me")}
        </button>
      </nav>
      <Groups />
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <Leaving />
    </>
  );
}

async function takeAlong(): Promise<void> {
  const kept = await told(api.GET("/v1/agents/me/export"));
  await giveFile(new File([JSON.stringify(kept, null, 2)], "naparnik.json", { type: "application/json" }));
}

function Leaving() {
  const [failed, setFailed] = useState("");
  const [forfeit, setForfeit] = useState(false);

  async function leave() {
    try {
      await closeAccount(forfeit);
      location.reload();
    } catch (refused) {
      setForfeit(refused instanceof Refused && refused.slug === "money_left");
      setFailed(said(refused));
    }
  }

  return (
    <details class="leaving">
      <summary>{t("Close the account")}</summary>
      <p>{t("The phones, the recovery and the alias are gone for good.")}</p>
      {unsent.value > 0 && (
        <p class="refusal">
          {tn("{number} scan was not sent yet and is lost.", "{number} scans were not sent yet and are lost.", unsent.value)}
        </p>
      )}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button type="button" class="danger" onClick={() => void leave()}>
        {forfeit ? t("Give up the money and close") : t("Close for good")}
      </button>
    </details>
  );
}
