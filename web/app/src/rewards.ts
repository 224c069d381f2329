// What bonuses buy, and what was bought: as last seen, but never the codes and vouchers, which are asked for each time.
import { signal } from "@preact/signals";

import { api, proven, type Schemas, told } from "./api";
import { heedRefusal, learnWallet } from "./state";
import { fact, note } from "./store";
import { once } from "./wishes";
import { language } from "./words";

export type Offered = Schemas["Offered"];
export type Order = Schemas["RewardOrder"];
export type Secret = Schemas["Shown"];

export const offered = signal<Offered[]>([]);
export const orders = signal<Order[]>([]);
/** Where the orders go on behind those that are shown. */
export const ordersGoOn = signal<string | null>(null);

/** What was seen last at once, then what is there now; a page without a network keeps the former. */
export async function learnRewards(): Promise<void> {
  if (offered.value.length === 0) offered.value = (await fact<Offered[]>("rewards")) ?? [];
  if (orders.value.length === 0) orders.value = (await fact<Order[]>("rewardOrders")) ?? [];
  try {
    const [catalogue, page] = await Promise.all([told(api.GET("/v1/rewards")), told(api.GET("/v1/reward-orders"))]);
    offered.value = catalogue.rewards;
    orders.value = page.reward_orders;
    ordersGoOn.value = page.before;
    await Promise.all([note("rewards", offered.value), note("rewardOrders", orders.value)]);
  } catch (failed) {
    heedRefusal(failed);
  }
}

/** The page of orders behind those that are shown. */
export async function learnEarlierOrders(): Promise<void> {
  const page = await told(api.GET("/v1/reward-orders", { params: { query: { before: ordersGoOn.value } } }));
  orders.value = [...orders.value, ...page.reward_orders];
  ordersGoOn.value = page.before;
}

/** Order it; an answer lost in the air never buys a second one. */
export async function order(reward: Offered): Promise<Order> {
  const path = "/v1/reward-orders";
  const placed = await once(
    reward.id,
    async (header, body) => told(api.POST(path, { body, params: { header }, headers: await proven("POST", path) })),
    { reward_id: reward.id, language: language.value },
  );
  await Promise.all([learnRewards(), learnWallet()]);
  return placed;
}

/** The code of a card or the voucher of a service; whoever sees it can spend it, so it is kept nowhere. */
export async function secretOf(orderId: string): Promise<Secret> {
  const headers = await proven("GET", `/v1/reward-orders/${orderId}/secret`);
  return told(api.GET("/v1/reward-orders/{order_id}/secret", { params: { path: { order_id: orderId } }, headers }));
}

/** Give a service back that nobody has given yet: its bonuses are free again. */
export async function giveBack({ spend_id }: Order): Promise<void> {
  await once(`release ${spend_id}`, async (header) => {
    const headers = await proven("POST", `/v1/spends/${spend_id}/release`);
    return told(api.POST("/v1/spends/{spend_id}/release", { params: { path: { spend_id }, header }, headers }));
  });
  await Promise.all([learnRewards(), learnWallet()]);
}
