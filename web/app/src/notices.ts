// Being woken: whether this browser asked for it, for what and when not; asked for, changed and taken back here.
import { api, type Schemas, told } from "./api";
import { zone } from "./state";
import { fact, remember } from "./store";
import { language, marked, t } from "./words";

export type Notice = Schemas["Subscription"]["notices"][number];

export interface Wish {
  notices: Notice[];
  /** Minutes of the day; neither for a phone that may be woken at any hour. */
  quiet: { from: number; until: number } | undefined;
}

/** What the phone remembers of it: the subscription's id there, and to which of the browser's it belongs. */
interface Kept extends Wish {
  id: string;
  endpoint: string;
}

export const KINDS: [Notice, string][] = [
  ["credited", marked("A bonus is on its way")],
  ["available", marked("Bonuses are free to spend")],
  ["expiring", marked("Bonuses are about to expire")],
  ["disputes", marked("An appeal was answered")],
  ["security", marked("A phone was let in, or the account was restored")],
];

export class NotAllowed extends Error {}

export async function kept(): Promise<Kept | undefined> {
  return fact<Kept>("push");
}

/** The key by which this installation wakes phones; null where it wakes nobody, or this browser cannot be woken. */
export async function wakingKey(): Promise<string | null> {
  if (!("PushManager" in globalThis) || !("Notification" in globalThis)) return null;
  return (await told(api.GET("/v1/push"))).public_key;
}

/** Be woken by this wish from now on. Raises NotAllowed where the phone's owner said no to the browser. */
export async function wake(wish: Wish, key: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") throw new NotAllowed();
  await leaveWords();
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const own = (await registration.pushManager.getSubscription()) ?? (await registration.pushManager.subscribe(options));
  const { endpoint, keys } = own.toJSON();
  const body = {
    endpoint: endpoint ?? "",
    keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" },
    notices: wish.notices,
    quiet_from: wish.quiet?.from ?? null,
    quiet_until: wish.quiet?.until ?? null,
    time_zone: zone,
  };
  const { id } = await told(api.POST("/v1/push/subscriptions", { body }));
  await remember("push", { ...wish, id, endpoint: body.endpoint } satisfies Kept);
}

/** Be left alone. */
export async function leaveAlone(): Promise<void> {
  const mine = await kept();
  if (!mine) return;
  const params = { path: { subscription_id: mine.id } };
  const gone = await api.DELETE("/v1/push/subscriptions/{subscription_id}", { params });
  // Where it is not known any more, nothing has to be taken back.
  if (gone.response.status !== 404) await told(Promise.resolve(gone));
  await remember("push", undefined);
  const registration = await navigator.serviceWorker.ready;
  await (await registration.pushManager.getSubscription())?.unsubscribe();
}

/** Browsers replace their subscriptions now and then: the wish is told anew. */
export async function renewWish(): Promise<void> {
  const mine = await kept();
  if (!mine || Notification.permission !== "granted") return;
  const registration = await navigator.serviceWorker.ready;
  if ((await registration.pushManager.getSubscription())?.endpoint === mine.endpoint) return;
  const key = await wakingKey();
  if (key) await wake(mine, key);
}

/** The service worker cannot load the words: those that it may have to say are left for it, in the reader's language. */
export async function leaveWords(): Promise<void> {
  const texts = Object.fromEntries(KINDS.map(([kind, text]) => [kind, t(text)]));
  await remember("noticeWords", { ...texts, title: t("Naparnik"), other: t("There is news"), lang: language.value });
}
