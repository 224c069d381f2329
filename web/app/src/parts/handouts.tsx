// What is handed out for a promo code: by the phone's own way of sharing, or as a file where it has none.
import { useState } from "preact/hooks";

import { api, type Schemas, target, told } from "../api";
import { giveAddress, giveFile } from "../giving";
import { language, marked, t } from "../words";
import { Icon } from "./icon";
import { said } from "./refusal";

type Kind = Schemas["HandoutKind"];
type Format = "png" | "pdf";

const KINDS: [Kind, Format, string][] = [
  ["qr", "png", marked("QR")],
  ["card", "pdf", marked("Cards, ten on a sheet")],
  ["leaflet", "pdf", marked("Leaflet")],
  ["story", "png", marked("Picture for messengers")],
];

export function Handouts({ code }: { code: Schemas["PromoCode"] }) {
  const [failed, setFailed] = useState("");
  const [copied, setCopied] = useState(false);
  const [busy, setBusy] = useState(false);

  async function attempt(done: () => Promise<void>) {
    setFailed("");
    setCopied(false);
    setBusy(true);
    await done().catch((refused: unknown) => setFailed(said(refused)));
    setBusy(false);
  }

  async function link() {
    setCopied(await giveAddress(await target(`/p/${encodeURIComponent(code.text)}`)));
  }

  async function hand(kind: Kind, format: Format) {
    const query = { kind, format, language: language.value };
    const params = { path: { promo_code_id: code.id }, query } as never;
    const drawn = (await told(
      api.GET("/v1/promo-codes/{promo_code_id}/handout", { params, parseAs: "blob" }),
    )) as unknown as Blob;
    await giveFile(new File([drawn], `${code.text}-${kind}.${format}`, { type: drawn.type }));
  }

  return (
    <details class="handouts">
      <summary>
        <Icon name="share" /> {t("Hand out")}
      </summary>
      <div class="choices">
        <button type="button" disabled={busy} onClick={() => void attempt(link)}>
          {t("Link")}
        </button>
        {KINDS.map(([kind, format, text]) => (
          <button type="button" disabled={busy} onClick={() => void attempt(() => hand(kind, format))}>
            {t(text)}
          </button>
        ))}
      </div>
      {busy && <p role="status">{t("One moment…")}</p>}
      {copied && <p role="status">{t("The link is copied.")}</p>}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
    </details>
  );
}
