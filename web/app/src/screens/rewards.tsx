// What bonuses buy: the catalogue with what one can pay for, and what was bought before.
import { useEffect, useState } from "preact/hooks";

import { Back } from "../parts/back";
import { Empty } from "../parts/empty";
import { Icon } from "../parts/icon";
import { More } from "../parts/more";
import { said } from "../parts/refusal";
import { stateOf } from "../parts/reward_state";
import { go } from "../place";
import { learnEarlierOrders, learnRewards, offered, order, orders, ordersGoOn, type Offered } from "../rewards";
import { wallet } from "../state";
import { amount, either, marked, t, tn } from "../words";

export function RewardsScreen() {
  const [asked, setAsked] = useState(false);
  useEffect(() => void learnRewards().then(() => setAsked(true)), []);
  const purses = wallet.value?.balances.map(({ asset, available_minor }) => amount(available_minor, asset)) ?? [];
  return (
    <>
      <Back to="wallet" text={marked("Wallet")} />
      <h1>{t("Rewards")}</h1>
      <p class="lead">{t("Free to spend: {amount}", { amount: purses.join(", ") || amount(0, "BON") })}</p>
      {!asked && offered.value.length === 0 && <p class="soft">{t("One moment…")}</p>}
      {asked && offered.value.length === 0 && <Empty icon="gift">{t("There is nothing to buy at the moment.")}</Empty>}
      {offered.value.map((reward) => (
        <Reward key={reward.id} reward={reward} />
      ))}
      {orders.value.length > 0 && (
        <section>
          <h2>{t("Yours")}</h2>
          <ul class="rows">
            {orders.value.map((one) => {
              const { icon, text, tone } = stateOf(one);
              return (
                <li key={one.id} class={`row ${tone}`}>
                  <a class="way" href={`#order/${one.id}`}>
                    <span class="dot">
                      <Icon name={icon} />
                    </span>
                    <span class="what">
                      <b>{either(one.name_ru, one.name_en)}</b>
                      <small>{text}</small>
                    </span>
                    <Icon name="next" />
                  </a>
                </li>
              );
            })}
          </ul>
          {ordersGoOn.value && <More more={learnEarlierOrders} />}
        </section>
      )}
    </>
  );
}

function Reward({ reward }: { reward: Offered }) {
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  const price = amount(reward.price_minor, reward.asset);
  const balance = wallet.value?.balances.find(({ asset }) => asset === reward.asset);
  const missing = reward.price_minor - (balance?.available_minor ?? 0);

  async function take() {
    setBusy(true);
    setFailed("");
    try {
      go("order", (await order(reward)).id);
    } catch (refused) {
      setFailed(said(refused));
      setSure(false);
    }
    setBusy(false);
  }

  return (
    <section class="card reward">
      <h2>
        <Icon name={reward.kind === "gift_card" ? "gift" : "shield"} /> {either(reward.name_ru, reward.name_en)}
      </h2>
      {either(reward.about_ru, reward.about_en) && <p>{either(reward.about_ru, reward.about_en)}</p>}
      {reward.valid_days !== null && (
        <p class="soft small">{tn("Good for {number} day after it is taken.", "Good for {number} days after it is taken.", reward.valid_days ?? 0)}</p>
      )}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      {!reward.there && <p class="soft">{t("There is none left at the moment.")}</p>}
      {reward.there && missing > 0 && (
        <p class="soft">{t("{price}. You are {missing} short.", { price, missing: amount(missing, reward.asset) })}</p>
      )}
      {reward.there && missing <= 0 && !sure && (
        <button type="button" class="primary" onClick={() => setSure(true)}>
          {t("Take it for {price}", { price })}
        </button>
      )}
      {sure && (
        <div class="sure" role="group" aria-label={t("Are you sure?")}>
          <button type="button" class="primary big" disabled={busy} onClick={() => void take()}>
            {busy ? t("One moment…") : t("Yes, pay {price}", { price })}
          </button>
          <button type="button" class="plain" disabled={busy} onClick={() => setSure(false)}>
            {t("Not now")}
          </button>
        </div>
      )}
    </section>
  );
}
