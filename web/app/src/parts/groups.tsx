// The maker's groups that one is in, and the word by which one joins another; offers may be for a group alone.
import { useEffect, useState } from "preact/hooks";

import { api, told } from "../api";
import { heedRefusal } from "../state";
import { t } from "../words";
import { said } from "./refusal";

export function Groups() {
  const [names, setNames] = useState<string[]>([]);
  const [word, setWord] = useState("");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");

  async function learn() {
    const { segments } = await told(api.GET("/v1/agents/me"));
    setNames(segments.map((one) => one.segment));
  }

  async function join() {
    setFailed("");
    setBusy(true);
    try {
      await told(api.POST("/v1/segments/join", { body: { word: word.trim() } }));
      setWord("");
      await learn();
    } catch (refused) {
      setFailed(said(refused));
    }
    setBusy(false);
  }

  useEffect(() => void learn().catch(heedRefusal), []);
  return (
    <details class="card">
      <summary>{t("Groups")}</summary>
      {names.length > 0 && <p>{t("You are in: {groups}.", { groups: names.join(", ") })}</p>}
      <label>
        {t("The word of a group, if the maker gave you one")}
        <input
          value={word}
          maxLength={40}
          name="word"
          autocapitalize="characters"
          autocomplete="off"
          onInput={(event) => setWord(event.currentTarget.value)}
        />
      </label>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button type="button" class="plain" disabled={busy || word.trim() === ""} onClick={() => void join()}>
        {t("Join")}
      </button>
    </details>
  );
}
