// News as they happen: one stream of server-sent events while the app is looked at, taken up where it stopped.
import { type Entry, journal, learnWallet, me, refresh, tell, zone } from "./state";

const WAIT_MS = [1_000, 3_000, 10_000, 30_000];

let following: AbortController | undefined;

/** Follow as long as the page is seen. A stream of fetch: an EventSource cannot carry the token. */
export function follow(): void {
  const heed = () => {
    following?.abort();
    following = undefined;
    if (document.visibilityState === "visible" && me.value) {
      following = new AbortController();
      void keepFollowing(following.signal);
    }
  };
  document.addEventListener("visibilitychange", heed);
  window.addEventListener("online", heed);
  // At once, and again as soon as there is an account.
  me.subscribe(heed);
}

async function keepFollowing(signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    if (await stream(signal)) failures = 0;
    const wait = WAIT_MS[Math.min(failures, WAIT_MS.length - 1)] ?? 30_000;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** One stream to its end; whether it began. */
async function stream(signal: AbortSignal): Promise<boolean> {
  try {
    const newest = journal.value[0];
    const headers = { Authorization: `Bearer ${me.value?.token}`, ...(newest ? { "Last-Event-ID": String(newest.id) } : {}) };
    const answer = await fetch(`/v1/events?zone=${encodeURIComponent(zone)}`, { headers, signal });
    // A phone that was signed out learns it here, if it is looked at.
    if (answer.status === 401) await refresh();
    if (!answer.ok || !answer.body) return false;
    await heed(answer.body.pipeThrough(new TextDecoderStream()).getReader());
    return true;
  } catch {
    return false;
  }
}

async function heed(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    const entries = events.flatMap(entryOf);
    if (entries.length === 0) continue;
    await tell(entries);
    await learnWallet().catch(() => undefined);
  }
}

function entryOf(event: string): Entry[] {
  const data = event
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
  return data ? [JSON.parse(data) as Entry] : [];
}
