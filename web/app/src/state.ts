// What is on the screens: the wallet, the journal, the queue, as last seen; kept, so that it is there without a network.
import { signal } from "@preact/signals";

import { api, identity, Refused, type Schemas, told } from "./api";
import { learnNames, loadNames } from "./goods";
import { flush, heed, onChange, tidy } from "./queue";
import { dueCount, type Evidence, fact, type Identity, newest, remember } from "./store";

export type Wallet = Schemas["Wallet"];
export type Entry = Schemas["JournalEntry"];
export type Showcase = Schemas["Showcase"];

const JOURNAL_KEPT = 100;

export const me = signal<Identity | undefined>(undefined);
export const online = signal(navigator.onLine);
export const unsent = signal(0);
export const recent = signal<Evidence[]>([]);
export const wallet = signal<Wallet | undefined>(undefined);
export const journal = signal<Entry[]>([]);
export const showcase = signal<Showcase | undefined>(undefined);
/** Terms that were agreed to, by their hash. */
export const agreed = signal<string[]>([]);
/** This phone was revoked, or the account was restored on another one. */
export const revoked = signal(false);

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What was kept, at once and without a network. */
export async function load(): Promise<void> {
  me.value = await identity();
  wallet.value = await fact<Wallet>("wallet");
  journal.value = (await fact<Entry[]>("journal")) ?? [];
  showcase.value = await fact<Showcase>("showcase");
  agreed.value = (await fact<string[]>("agreed")) ?? [];
  await loadNames();
  await look();
  onChange(() => void look());
}

async function look(): Promise<void> {
  unsent.value = await dueCount();
  recent.value = await newest(200);
  void learnNames(recent.value.slice(0, 20));
}

/** Send what waits, then ask for what is new; without a network nothing happens. */
export async function refresh(): Promise<void> {
  try {
    await learnShowcase();
    if (!me.value) return;
    await flush();
    await tidy();
    await Promise.all([learnWallet(), learnJournal()]);
    online.value = true;
  } catch (failed) {
    heedRefusal(failed);
  }
}

/** Send what waits; what could not be sent waits on. */
export async function sendNow(): Promise<void> {
  try {
    await flush();
    online.value = true;
    await learnWallet();
  } catch (failed) {
    heedRefusal(failed);
    void askForSync();
  }
}

export async function learnWallet(): Promise<void> {
  wallet.value = await told(api.GET("/v1/wallet"));
  await remember("wallet", wallet.value);
}

export async function learnJournal(): Promise<void> {
  const page = await told(api.GET("/v1/journal", { params: { query: { zone, limit: 50 } } }));
  await tell(page.entries);
}

/** Entries into the journal, wherever they came from, each once. */
export async function tell(entries: Entry[]): Promise<void> {
  const byId = new Map([...journal.value, ...entries].map((entry) => [entry.id, entry]));
  journal.value = [...byId.values()].sort((one, other) => other.id - one.id).slice(0, JOURNAL_KEPT);
  await remember("journal", journal.value);
}

async function learnShowcase(): Promise<void> {
  showcase.value = await told(api.GET("/v1/showcase"));
  await remember("showcase", showcase.value);
  await remember("origin", showcase.value.origin);
  if (me.value) await heed(showcase.value.epoch);
}

export function heedRefusal(failed: unknown): void {
  if (!(failed instanceof Refused)) throw failed;
  if (failed.slug === "offline") online.value = false;
  if (failed.slug === "device_revoked") revoked.value = true;
}

/** Where the browser has it, the queue is sent by the service worker as soon as there is a network. */
async function askForSync(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  const sync = (registration as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  await sync?.register("flush").catch(() => undefined);
}
