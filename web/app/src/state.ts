// What is on the screens: the wallet, the journal, the queue, as last seen; kept, so that it is there without a network.
import { signal } from "@preact/signals";

import { loadAppeals } from "./appeals";
import { api, identity, Refused, type Schemas, told } from "./api";
import { learnNames, loadNames } from "./goods";
import { flush, heed, onChange, tidy } from "./queue";
import { dueCount, type Evidence, fact, type Identity, newest, NotKept, note } from "./store";

export type Wallet = Schemas["Wallet"];
export type Entry = Schemas["JournalEntry"];
export type Showcase = Schemas["Showcase"];

const JOURNAL_KEPT = 100;
const JOURNAL_PAGE = 50;

export const me = signal<Identity | undefined>(undefined);
export const online = signal(navigator.onLine);
export const unsent = signal(0);
export const recent = signal<Evidence[]>([]);
export const wallet = signal<Wallet | undefined>(undefined);
export const journal = signal<Entry[]>([]);
/** Whether there is more behind the oldest entry that is shown. */
export const journalGoesOn = signal(true);
export const showcase = signal<Showcase | undefined>(undefined);
/** Terms that were agreed to, by their hash. */
export const agreed = signal<string[]>([]);
/** This phone was revoked, or the account was restored on another one. */
export const revoked = signal(false);
/** The phone's memory is full: nothing new is stored. */
export const full = signal(false);

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What was kept, at once and without a network. */
export async function load(): Promise<void> {
  me.value = await identity();
  wallet.value = await fact<Wallet>("wallet");
  journal.value = (await fact<Entry[]>("journal")) ?? [];
  showcase.value = await fact<Showcase>("showcase");
  agreed.value = (await fact<string[]>("agreed")) ?? [];
  await Promise.all([loadNames(), loadAppeals()]);
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
    void askForSync();
  }
}

/** Send what waits; what could not be sent waits on. */
export async function sendNow(): Promise<void> {
  try {
    await flush();
    online.value = true;
    full.value = false;
    await learnWallet();
  } catch (failed) {
    heedRefusal(failed);
    void askForSync();
  }
}

export async function learnWallet(): Promise<void> {
  wallet.value = await told(api.GET("/v1/wallet"));
  await note("wallet", wallet.value);
}

// One page at a time: what lies behind the oldest entry is not known while the newest are on their way.
let turn: Promise<void> = Promise.resolve();

function inTurn(learn: () => Promise<void>): Promise<void> {
  const own = turn.then(learn);
  turn = own.catch(() => undefined);
  return own;
}

export const learnJournal = () => inTurn(learnNewest);

/** The page behind the oldest entry that is shown. */
export const learnEarlier = () => inTurn(learnOlder);

/** The newest page. Where more has happened than it holds, what was known before lies behind a gap and is let go. */
async function learnNewest(): Promise<void> {
  const { before, entries } = await journalPage();
  if (before === null) journalGoesOn.value = false;
  const [known] = journal.value;
  if (known && before !== null && known.id < before) {
    journal.value = [];
    journalGoesOn.value = true;
  }
  await tell(entries);
}

async function learnOlder(): Promise<void> {
  const { before, entries } = await journalPage(journal.value.at(-1)?.id);
  journalGoesOn.value = before !== null;
  await tell(entries);
}

async function journalPage(before?: number): Promise<Schemas["Journal"]> {
  const query = { zone, limit: JOURNAL_PAGE, ...(before === undefined ? {} : { before }) };
  return told(api.GET("/v1/journal", { params: { query } }));
}

/** Entries into the journal, wherever they came from, each once. */
export async function tell(entries: Entry[]): Promise<void> {
  const byId = new Map([...journal.value, ...entries].map((entry) => [entry.id, entry]));
  journal.value = [...byId.values()].sort((one, other) => other.id - one.id);
  await note("journal", journal.value.slice(0, JOURNAL_KEPT));
}

async function learnShowcase(): Promise<void> {
  showcase.value = await told(api.GET("/v1/showcase"));
  await note("showcase", showcase.value);
  await note("origin", showcase.value.origin);
  if (me.value) await heed(showcase.value.epoch);
}

export function heedRefusal(failed: unknown): void {
  if (failed instanceof NotKept) {
    full.value = true;
    return;
  }
  if (!(failed instanceof Refused)) throw failed;
  if (failed.slug === "offline") online.value = false;
  if (failed.slug === "device_revoked") revoked.value = true;
}

/** Where the browser has it, the queue is sent by the service worker as soon as there is a network, app open or not. */
export async function askForSync(): Promise<void> {
  if (unsent.value === 0) return;
  const registration = await navigator.serviceWorker?.getRegistration();
  const sync = (registration as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  await sync?.register("flush").catch(() => undefined);
}
