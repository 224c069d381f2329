// The queue: each code and receipt is stored first, then sent, and sent again until there is an answer for it.
import { api, Refused, type Schemas, told } from "./api";
import { now } from "./clock";
import { all, type Body, due, dueCount, type Evidence, fact, forget, remember, type State, write } from "./store";

/** So long what was answered is kept, to be sent again should the service come back from an older backup. */
export const KEPT_DAYS = 30;
const CODES_AT_ONCE = 500;
const RECEIPTS_AT_ONCE = 100;
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);
// What is wrong with the phone and not with what it sends.
const OF_THE_PHONE = new Set([0, 401, 403]);

// Told to every page and to the service worker of this phone.
const changes = new BroadcastChannel("naparnik");

type ScanAnswer = Schemas["ScanAnswer"];
type ReceiptAnswer = Schemas["ReceiptAnswer"];

/** Evidence as it came before the camera; from here on it is not lost. */
export async function keep(kind: Evidence["kind"], body: Body): Promise<Evidence> {
  const evidence: Evidence = {
    id: crypto.randomUUID(),
    kind,
    body,
    scannedAt: now().toISOString(),
    state: "queued",
    due: 1,
  };
  await write(evidence);
  announce();
  return evidence;
}

/** Send all that is due; one at a time does so, whoever else calls meanwhile is served by him. */
export async function flush(): Promise<void> {
  await navigator.locks.request("naparnik-flush", async () => {
    try {
      while (await sendSome());
    } finally {
      announce();
    }
  });
}

export function onChange(listener: () => void): void {
  changes.addEventListener("message", listener);
  own.add(listener);
}

/** A server that was restored from a backup has forgotten what came since: send it again. */
export async function heed(epoch: string): Promise<void> {
  const known = await fact<string>("epoch");
  if (known === epoch) return;
  if (known !== undefined) {
    const kept = await all();
    await write(...kept.map((evidence): Evidence => ({ ...evidence, due: 1 })));
  }
  await remember("epoch", epoch);
  announce();
}

/** Forget what was answered longer ago than a month. */
export async function tidy(): Promise<void> {
  const before = now().getTime() - KEPT_DAYS * 86_400_000;
  const old = (await all()).filter((one) => !one.due && (one.answeredAt ?? Infinity) < before);
  await forget(old.map((one) => one.id));
}

const own = new Set<() => void>();

function announce(): void {
  changes.postMessage("changed");
  for (const listener of own) listener();
}

/** One request of each kind; whether there is more to send and the service takes it. */
async function sendSome(): Promise<boolean> {
  const waiting = await due(Number.MAX_SAFE_INTEGER);
  const codes = waiting.filter((one) => one.kind === "code").slice(0, CODES_AT_ONCE);
  const photos = waiting.filter((one) => "photo" in one.body);
  const receipts = waiting.filter((one) => one.kind === "receipt" && !photos.includes(one)).slice(0, RECEIPTS_AT_ONCE);
  let answered = 0;
  if (codes.length > 0) answered += await sendCodes(codes);
  if (receipts.length > 0) answered += await sendReceipts(receipts);
  for (const photo of photos) answered += await sendPhoto(photo);
  return answered > 0 && (await dueCount()) > 0;
}

async function sendCodes(codes: Evidence[]): Promise<number> {
  const scans = codes.map(({ id, body, scannedAt }) => ({
    id,
    code: "code" in body ? body.code : "",
    scanned_at: scannedAt,
  }));
  const { answers, epoch } = await told(api.POST("/v1/scans/batch", { body: { scans } }));
  await heed(epoch);
  return take(codes, answers, (evidence, answer) => ({
    ...evidence,
    ...(answer.scan ? { scan: answer.scan } : {}),
    state: stateOfScan(answer),
  }));
}

async function sendReceipts(kept: Evidence[]): Promise<number> {
  const receipts = kept.map(({ id, body }) => ({ id, ...(body as { text: string }) }));
  const { answers, epoch } = await told(api.POST("/v1/receipts/batch", { body: { receipts } }));
  await heed(epoch);
  return take(kept, answers, withReceipt);
}

/** A photo travels alone; its id is its key, so that sending it again is harmless as well. */
async function sendPhoto(kept: Evidence): Promise<number> {
  const photo = (kept.body as { photo: Blob }).photo;
  const sent = api.POST("/v1/receipts", {
    body: photo as never,
    bodySerializer: (body) => body as unknown as Blob,
    headers: { "Content-Type": photo.type },
    params: { header: { "Idempotency-Key": kept.id } },
  });
  return take([kept], [await answerTo(kept.id, told(sent))], withReceipt);
}

/** The answer to one as it would stand among those to many. */
async function answerTo(id: string, asked: Promise<Schemas["ReceiptView"]>): Promise<ReceiptAnswer> {
  try {
    return { id, status: 200, receipt: await asked };
  } catch (refused) {
    if (!(refused instanceof Refused) || OF_THE_PHONE.has(refused.status)) throw refused;
    return { id, status: refused.status, slug: refused.slug };
  }
}

function withReceipt(evidence: Evidence, answer: ReceiptAnswer): Evidence {
  return { ...evidence, ...(answer.receipt ? { receipt: answer.receipt } : {}), state: stateOfReceipt(answer) };
}

/** Write down what was answered for good; the rest stays due. A changed epoch was heeded before: it makes all due again. */
async function take<A extends ScanAnswer | ReceiptAnswer>(
  sent: Evidence[],
  answers: A[],
  answered: (evidence: Evidence, answer: A) => Evidence,
): Promise<number> {
  const byId = new Map(sent.map((evidence) => [evidence.id, evidence]));
  const written: Evidence[] = [];
  for (const answer of answers) {
    const evidence = byId.get(answer.id);
    if (!evidence || TRY_AGAIN.has(answer.status)) continue;
    const { due: _, slug: __, ...rest } = answered(evidence, answer);
    // What is sent again after a restored backup, and is known there, is what it was.
    const state = rest.state === "yours" && evidence.answeredAt ? evidence.state : rest.state;
    written.push({ ...rest, state, answeredAt: now().getTime(), ...(answer.slug ? { slug: answer.slug } : {}) });
  }
  await write(...written);
  return written.length;
}

function stateOfScan({ status, scan }: ScanAnswer): State {
  if (!scan) return "refused";
  if (scan.already_yours) return "yours";
  return status === 202 || scan.state === "held" ? "held" : "accepted";
}

function stateOfReceipt({ receipt }: ReceiptAnswer): State {
  if (!receipt) return "refused";
  if (receipt.already_yours) return "yours";
  return receipt.state === "deferred" || receipt.state === "in_review" ? "held" : "accepted";
}
