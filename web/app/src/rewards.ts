// What bonuses buy, and what was bought: as last seen, but never the codes and vouchers, which are asked for each time.
import { signal } from "@preact/signals";

import { api, proven, Refused, type Schemas, told } from "./api";
import { heedRefusal, learnWallet } from "./state";
import { fact, remember } from "./store";
import { language } from "./words";

export type Offered = Schemas["Offered"];
export type Order = Schemas["RewardOrder"];
export type Secret = Schemas["Shown"];

export const offered = signal<Offered[]>([]);
export const orders = signal<Order[]>([]);

/** What was seen last at once, then what is there now; a page without a network keeps the former. */
export async function learnRewards(): Promise<void> {
  if (offered.value.length === 0) offered.value = (await fact<Offered[]>("rewards")) ?? [];
  if (orders.value.length === 0) orders.value = (await fact<Order[]>("rewardOrders")) ?? [];
  try {
    const [catalogue, page] = await Promise.all([told(api.GET("/v1/rewards")), told(api.GET("/v1/reward-orders"))]);
    offered.value = catalogue.rewards;
    orders.value = page.reward_orders;
    await Promise.all([remember("rewards", offered.value), remember("rewardOrders", orders.value)]);
  } catch (failed) {
    heedRefusal(failed);
  }
}

/** Order it. One wish has one key until it is answered, so that an answer lost in the air never buys a second one. */
export async function order(reward: Offered): Promise<Order> {
  const wishes = (await fact<Record<string, string>>("wishes")) ?? {};
  const key = wishes[reward.id] ?? crypto.randomUUID();
  await remember("wishes", { ...wishes, [reward.id]: key });
  const path = "/v1/reward-orders";
  try {
    const body = { reward_id: reward.id, language: language.value };
    const params = { header: { "Idempotency-Key": key } };
    const placed = await told(api.POST(path, { body, params, headers: await proven("POST", path) }));
    await remember("wishes", wishes);
    await Promise.all([learnRewards(), learnWallet()]);
    return placed;
  } catch (failed) {
    if (failed instanceof Refused && isFinal(failed)) await remember("wishes", wishes);
    throw failed;
  }
}

/** The code of a card or the voucher of a service; whoever sees it can spend it, so it is kept nowhere. */
export async function secretOf(orderId: string): Promise<Secret> {
  const headers = await proven("GET", `/v1/reward-orders/${orderId}/secret`);
  return told(api.GET("/v1/reward-orders/{order_id}/secret", { params: { path: { order_id: orderId } }, headers }));
}

/** Give a service back that nobody has given yet: its bonuses are free again. */
export async function giveBack({ spend_id }: Order): Promise<void> {
  const params = { path: { spend_id } };
  const headers = await proven("POST", `/v1/spends/${spend_id}/release`);
  await told(api.POST("/v1/spends/{spend_id}/release", { params, headers }));
  await Promise.all([learnRewards(), learnWallet()]);
}

/** Whether this answer will be the same the next time. */
function isFinal({ slug, status }: Refused): boolean {
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status) && slug !== "idempotency_in_progress";
}
