// Promo codes: what is on offer, a code made for it, handed out in many forms, and what it brings.
import { useEffect, useState } from "preact/hooks";

import { api, type Schemas, told } from "../api";
import { Empty } from "../parts/empty";
import { Handouts } from "../parts/handouts";
import { More } from "../parts/more";
import { brings, gives } from "../parts/offer";
import { said } from "../parts/refusal";
import { heedRefusal } from "../state";
import { fact, note } from "../store";
import { once } from "../wishes";
import { amount, date, t } from "../words";

type Offer = Schemas["Offer"];
type PromoCode = Schemas["PromoCode"];

export function CodesScreen() {
  const [offers, setOffers] = useState<Offer[]>([]);
  const [codes, setCodes] = useState<PromoCode[]>([]);
  const [before, setBefore] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);

  async function learn() {
    setCodes((await fact<PromoCode[]>("promoCodes")) ?? []);
    setOffers((await fact<Offer[]>("offers")) ?? []);
    try {
      const [offered, made] = await Promise.all([told(api.GET("/v1/offers")), told(api.GET("/v1/promo-codes"))]);
      setOffers(offered.offers);
      setCodes(made.promo_codes);
      setBefore(made.before);
      await Promise.all([note("offers", offered.offers), note("promoCodes", made.promo_codes)]);
    } catch (failed) {
      heedRefusal(failed);
    }
    setAsked(true);
  }

  async function earlier() {
    const page = await told(api.GET("/v1/promo-codes", { params: { query: { before } } }));
    setCodes([...codes, ...page.promo_codes]);
    setBefore(page.before);
  }

  useEffect(() => void learn(), []);
  const live = codes.filter((code) => code.state !== "archived");
  return (
    <>
      <h1>{t("My codes")}</h1>
      <p class="soft">{t("Give a code to your customer: he pays less, you get the bonus.")}</p>
      {live.map((code) => (
        <Made
          key={code.id}
          code={code}
          offer={offers.find((one) => one.campaign_id === code.campaign_id)}
          changed={() => void learn()}
        />
      ))}
      {before !== null && <More more={earlier} />}
      {!asked && codes.length + offers.length === 0 && <p class="soft">{t("One moment…")}</p>}
      {asked && offers.length === 0 && <Empty icon="tag">{t("There is no offer for customers at the moment.")}</Empty>}
      {offers.map((offer) => (
        <NewCode key={offer.campaign_id} offer={offer} made={() => void learn()} />
      ))}
    </>
  );
}

function Made({ changed, code, offer }: { changed: () => void; code: PromoCode; offer: Offer | undefined }) {
  return (
    <section class="card code">
      <p class="text" translate={false}>
        {code.text}
      </p>
      <p class="soft">{offer?.name ?? t("This offer is over.")}</p>
      <dl class="figures">
        <div>
          <dt>{t("Opened")}</dt>
          <dd>{code.seen}</dd>
        </div>
        <div>
          <dt>{t("Bought")}</dt>
          <dd>{code.redeemed}</dd>
        </div>
        <div>
          <dt>{t("Earned")}</dt>
          <dd>{offer ? amount(code.earned_minor, offer.asset) : "–"}</dd>
        </div>
      </dl>
      {code.state === "active" && <Handouts code={code} />}
      <Ending code={code} changed={changed} />
    </section>
  );
}

/** A code is paused for a while or put away for good. */
function Ending({ changed, code }: { changed: () => void; code: PromoCode }) {
  const [failed, setFailed] = useState("");

  async function become(state: PromoCode["state"]) {
    setFailed("");
    try {
      const params = { path: { promo_code_id: code.id } };
      await told(api.POST("/v1/promo-codes/{promo_code_id}/state", { params, body: { state } }));
      changed();
    } catch (refused) {
      setFailed(said(refused));
    }
  }

  return (
    <details class="leaving">
      <summary>{code.state === "active" ? t("Stop this code") : t("This code is paused")}</summary>
      <p class="soft">{t("A paused code can work again. An archived one never does, and nobody else gets its text.")}</p>
      <div class="choices">
        {code.state === "active" ? (
          <button type="button" onClick={() => void become("paused")}>
            {t("Pause it")}
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => void become("active")}>
            {t("Let it work again")}
          </button>
        )}
        <button type="button" class="danger" onClick={() => void become("archived")}>
          {t("Archive it for good")}
        </button>
      </div>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
    </details>
  );
}

function NewCode({ made, offer }: { made: () => void; offer: Offer }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");

  async function make() {
    setFailed("");
    setBusy(true);
    try {
      const wanted = text.trim();
      const body = { campaign_id: offer.campaign_id, ...(wanted ? { text: wanted } : {}) };
      await once(`promo ${offer.campaign_id} ${wanted}`, (header) =>
        told(api.POST("/v1/promo-codes", { body, params: { header } })),
      );
      setText("");
      made();
    } catch (refused) {
      setFailed(said(refused));
    }
    setBusy(false);
  }

  return (
    <section class="card">
      <h2>{offer.name}</h2>
      <ul class="terms-of-offer">
        {[...gives(offer), ...brings(offer)].map((one) => (
          <li>{one}</li>
        ))}
        {offer.ends_on && <li>{t("It runs until {day}.", { day: date(`${offer.ends_on}T12:00`) })}</li>}
      </ul>
      <label>
        {t("Your own text, if you like")}
        <input
          value={text}
          maxLength={24}
          name="text"
          autocapitalize="characters"
          autocomplete="off"
          placeholder={t("МАСТЕР10")}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button type="button" class="primary" disabled={busy} onClick={() => void make()}>
        {t("Make a code")}
      </button>
    </section>
  );
}
