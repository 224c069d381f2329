// One thing that was bought: the card's code, or the voucher that the staff scan; asked for anew at each look.
import { useEffect, useState } from "preact/hooks";

import { Back } from "../parts/back";
import { Icon } from "../parts/icon";
import { Qr } from "../parts/qr";
import { said } from "../parts/refusal";
import { stateOf } from "../parts/reward_state";
import { about } from "../place";
import { giveBack, learnEarlierOrders, learnRewards, type Order, orders, ordersGoOn, type Secret, secretOf } from "../rewards";
import { heedRefusal, journal } from "../state";
import { amount, date, either, marked, t } from "../words";

export function OrderScreen() {
  const id = about.value;
  const found = orders.value.find((one) => one.id === id);
  const newest = journal.value[0]?.id;
  const [asked, setAsked] = useState(false);
  // The staff may have given it this moment: the journal hears of it.
  useEffect(() => void learnRewards().then(() => lookBehind(id)).catch(heedRefusal).then(() => setAsked(true)), [id, newest]);
  return (
    <>
      <Back to="rewards" text={marked("Rewards")} />
      {found ? <Bought order={found} /> : <p class="soft">{asked ? t("It is not found here.") : t("One moment…")}</p>}
    </>
  );
}

/** An order of long ago stands behind the newest page. */
async function lookBehind(id: string): Promise<void> {
  while (ordersGoOn.value && !orders.value.some((one) => one.id === id)) await learnEarlierOrders();
}

function Bought({ order }: { order: Order }) {
  const { text, tone } = stateOf(order);
  const there = order.kind === "gift_card" ? order.state === "fulfilled" : order.state === "reserved";
  return (
    <>
      <h1>{either(order.name_ru, order.name_en)}</h1>
      {there && <Revealed order={order} />}
      <p class={`toned ${tone}`}>{text}</p>
      <p class="soft">{t("Paid: {amount}", { amount: amount(order.price_minor, order.asset) })}</p>
      {order.state === "reserved" && <GivingBack order={order} />}
    </>
  );
}

function Revealed({ order }: { order: Order }) {
  const [secret, setSecret] = useState<Secret | undefined>(undefined);
  const [failed, setFailed] = useState("");

  useEffect(() => {
    let left = false;
    function look() {
      // Away from the screen it is taken away, also from the picture that the phone keeps of its open apps.
      setSecret(undefined);
      if (document.visibilityState !== "visible") return;
      setFailed("");
      secretOf(order.id).then(
        (shown) => {
          if (!left) setSecret(shown);
        },
        (refused: unknown) => setFailed(said(refused)),
      );
    }
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      left = true;
      document.removeEventListener("visibilitychange", look);
    };
  }, [order.id]);

  if (failed) {
    return (
      <p class="refusal" role="alert">
        {failed}
      </p>
    );
  }
  if (secret?.card) return <Card card={secret.card} />;
  if (secret?.voucher) return <Voucher voucher={secret.voucher} />;
  return <p class="soft">{t("One moment…")}</p>;
}

function Card({ card }: { card: NonNullable<Secret["card"]> }) {
  return (
    <section class="card">
      <Copied name={t("Code of the card")} value={card.code} />
      {card.pin && <Copied name={t("PIN")} value={card.pin} />}
      {card.expires_on && <p>{t("Use it by {day}.", { day: date(`${card.expires_on}T12:00`) })}</p>}
      <p class="soft small">{t("Whoever sees the code can spend it. It is shown here again at any time.")}</p>
    </section>
  );
}

function Copied({ name, value }: { name: string; value: string }) {
  const [copied, setCopied] = useState("");
  return (
    <div class="copied">
      <span>
        <small class="soft">{name}</small>
        <output translate={false}>{value}</output>
      </span>
      <button
        type="button"
        aria-label={t("Copy: {name}", { name })}
        onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(t("Copied")), () => undefined)}
      >
        <Icon name="copy" />
      </button>
      {copied && <small role="status">{copied}</small>}
    </div>
  );
}

function Voucher({ voucher }: { voucher: string }) {
  return (
    <section class="card voucher">
      <Qr text={voucher} label={t("The voucher")} />
      <output translate={false}>{voucher.replace(/^(.)(.{4})(.{4})(.{4})(.{4})$/, "$1 $2 $3 $4 $5")}</output>
      <p class="soft">{t("Show this in the shop. The staff scan it or type what stands below.")}</p>
    </section>
  );
}

function GivingBack({ order }: { order: Order }) {
  const [failed, setFailed] = useState("");
  return (
    <details class="leaving">
      <summary>{t("I do not want it after all")}</summary>
      <p>{t("The voucher is void then, and the bonuses are free to spend again.")}</p>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <button
        type="button"
        class="danger"
        onClick={() =>
          void giveBack(order).catch((refused: unknown) => setFailed(said(refused)))
        }
      >
        {t("Give it back")}
      </button>
    </details>
  );
}
