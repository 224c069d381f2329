// What is handed out for a promo code: by the phone's own way of sharing, or as a file where it has none.
import { useState } from "preact/hooks";

import { api, Refused, type Schemas, told } from "../api";
import { giveAddress, giveFile } from "../giving";
import { language, marked, t } from "../words";
import { Icon } from "./icon";
import { inWords } from "./refusal";

type Kind = "qr" | "cards" | "leaflet" | "story";
type Format = "png" | "pdf";

const KINDS: [Kind, Format, string][] = [
  ["qr", "png", marked("QR")],
  ["cards", "pdf", marked("Cards, ten on a sheet")],
  ["leaflet", "pdf", marked("Leaflet")],
  ["story", "png", marked("Picture for messengers")],
];

export function Handouts({ code }: { code: Schemas["PromoCode"] }) {
  const [failed, setFailed] = useState("");

  async function hand(kind: Kind, format: Format) {
    setFailed("");
    try {
      const query = { kind, format, language: language.value };
      const params = { path: { promo_code_id: code.id }, query } as never;
      const drawn = (await told(
        api.GET("/v1/promo-codes/{promo_code_id}/handout", { params, parseAs: "blob" }),
      )) as unknown as Blob;
      await giveFile(new File([drawn], `${code.text}-${kind}.${format}`, { type: drawn.type }));
    } catch (refused) {
      setFailed(inWords(refused instanceof Refused ? refused.slug : undefined));
    }
  }

  return (
    <details class="handouts">
      <summary>
        <Icon name="share" /> {t("Hand out")}
      </summary>
      <div class="choices">
        <button type="button" onClick={() => void giveAddress(`${location.origin}/p/${encodeURIComponent(code.text)}`)}>
          {t("Link")}
        </button>
        {KINDS.map(([kind, format, text]) => (
          <button type="button" onClick={() => void hand(kind, format)}>
            {t(text)}
          </button>
        ))}
      </div>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
    </details>
  );
}
