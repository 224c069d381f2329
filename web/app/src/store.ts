// What the phone keeps: who it is, what it scanned and what became of it, what it last saw; all in IndexedDB.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

import type { components } from "./made/schema";

type Schemas = components["schemas"];

export type Scanned = Schemas["Scanned"];
export type Receipt = Schemas["ReceiptView"];

/** The phone's own key and token; the private half of the key cannot leave the browser. */
export interface Identity {
  agentId: string;
  alias: string;
  aliasEn: string;
  deviceId: string;
  token: string;
  key: CryptoKeyPair;
}

/** A photo is kept where the phone itself found no code on it: the service looks closer. */
export type Body = { code: string } | { text: string } | { fields: Record<string, string> } | { photo: Blob };
export type State = "queued" | "accepted" | "held" | "yours" | "refused";

/** One code or receipt as it was scanned: stored before it is sent, kept for a month after it was answered. */
export interface Evidence {
  id: string;
  kind: "code" | "receipt";
  body: Body;
  scannedAt: string;
  state: State;
  /** Present as long as it has to be sent; IndexedDB leaves those without it out of the index. */
  due?: 1;
  answeredAt?: number;
  scan?: Scanned;
  receipt?: Receipt;
  slug?: string;
}

interface Kept extends DBSchema {
  facts: { key: string; value: unknown };
  evidence: { key: string; value: Evidence; indexes: { due: number; scannedAt: string } };
}

/** The phone would not store it, for want of room as a rule. What was not stored may not be called safe. */
export class NotKept extends Error {}

let opened: Promise<IDBPDatabase<Kept>> | undefined;

export function database(): Promise<IDBPDatabase<Kept>> {
  opened ??= openDB<Kept>("naparnik", 1, {
    upgrade(db) {
      db.createObjectStore("facts");
      const evidence = db.createObjectStore("evidence", { keyPath: "id" });
      evidence.createIndex("due", "due");
      evidence.createIndex("scannedAt", "scannedAt");
    },
    // The browser may take the connection away; the next call opens another one.
    terminated() {
      opened = undefined;
    },
  });
  return opened;
}

export async function fact<T>(name: string): Promise<T | undefined> {
  return (await (await database()).get("facts", name)) as T | undefined;
}

export async function remember(name: string, value: unknown): Promise<void> {
  const written = (await database()).put("facts", value, name);
  await written.catch((cause: unknown) => {
    throw new NotKept(name, { cause });
  });
}

/** Read it and write what follows from it in one step, whoever else does so at the same time. */
export async function change<T>(name: string, changed: (before: T | undefined) => T): Promise<T> {
  const transaction = (await database()).transaction("facts", "readwrite");
  const after = changed((await transaction.store.get(name)) as T | undefined);
  const written = Promise.all([transaction.store.put(after, name), transaction.done]);
  await written.catch((cause: unknown) => {
    throw new NotKept(name, { cause });
  });
  return after;
}

/** What was seen last, for when there is no network; a phone that is full does without. */
export async function note(name: string, value: unknown): Promise<void> {
  await remember(name, value).catch(() => undefined);
}

/** Write evidence and wait until it is on the disk, not only on its way there. */
export async function write(...all: Evidence[]): Promise<void> {
  const transaction = (await database()).transaction("evidence", "readwrite", { durability: "strict" });
  const written = Promise.all([...all.map((one) => transaction.store.put(one)), transaction.done]);
  await written.catch((cause: unknown) => {
    throw new NotKept("evidence", { cause });
  });
}

export async function due(limit: number): Promise<Evidence[]> {
  const found = await (await database()).getAllFromIndex("evidence", "due");
  return found.sort((one, other) => one.scannedAt.localeCompare(other.scannedAt)).slice(0, limit);
}

export async function dueCount(): Promise<number> {
  return (await database()).countFromIndex("evidence", "due");
}

/** The newest first. */
export async function newest(limit: number): Promise<Evidence[]> {
  const found: Evidence[] = [];
  let cursor = await (await database()).transaction("evidence").store.index("scannedAt").openCursor(null, "prev");
  while (cursor && found.length < limit) {
    found.push(cursor.value);
    cursor = await cursor.continue();
  }
  return found;
}

export async function all(): Promise<Evidence[]> {
  return (await database()).getAll("evidence");
}

export async function forget(ids: string[]): Promise<void> {
  const transaction = (await database()).transaction("evidence", "readwrite");
  await Promise.all([...ids.map((id) => transaction.store.delete(id)), transaction.done]);
}

/** Everything goes, the key as well: after an account was closed. */
export async function wipe(): Promise<void> {
  const db = await database();
  await Promise.all([db.clear("facts"), db.clear("evidence")]);
}
