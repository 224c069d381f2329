// The service worker: the app's files as they were built together, the queue when the network is back, and notices.
/// <reference lib="webworker" />
import { flush } from "./queue";
import { fact } from "./store";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
}

const FILES = self.__WB_MANIFEST;
const SCOPE = "/app/";
// A name for exactly these files: another build is another cache, and the old one serves until it takes over.
const CACHE = `app-${hash(JSON.stringify(FILES))}`;

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === location.origin && url.pathname.startsWith(SCOPE)) {
    event.respondWith(answer(event.request));
  }
});

self.addEventListener("sync" as "message", (event) => {
  const { tag } = event as unknown as SyncEvent;
  if (tag === "flush") (event as unknown as SyncEvent).waitUntil(flush());
});

self.addEventListener("push", (event) => {
  event.waitUntil(notify(event.data));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openJournal());
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map(({ url }) => new Request(SCOPE + url, { cache: "no-cache" })));
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("app-") && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const wanted = request.mode === "navigate" ? `${SCOPE}index.html` : request;
  return (await cache.match(wanted, { ignoreSearch: true })) ?? fetch(request);
}

/** A message holds its kind alone; what it says stands in the words that the page has left. */
async function notify(message: PushMessageData | null): Promise<void> {
  const words = (await fact<Record<string, string>>("noticeWords")) ?? {};
  const kind = kindOf(message);
  await self.registration.showNotification(words["title"] ?? "Напарник", {
    body: words[kind] ?? words["other"] ?? "",
    lang: words["lang"] ?? "ru",
    // The newest of a kind takes the place of an older one.
    tag: kind,
    icon: `${SCOPE}icon-192.png`,
    badge: `${SCOPE}icon-192.png`,
  });
}

function kindOf(message: PushMessageData | null): string {
  try {
    return String((message?.json() as { kind?: unknown } | undefined)?.kind ?? "");
  } catch {
    return "";
  }
}

async function openJournal(): Promise<void> {
  const [open] = await self.clients.matchAll({ type: "window" });
  if (!open) {
    await self.clients.openWindow(`${SCOPE}#journal`);
    return;
  }
  open.postMessage("open the journal");
  // A browser that does not let it come to the front leaves it where it is.
  await open.focus().catch(() => undefined);
}

function hash(text: string): string {
  let state = 0;
  for (const letter of text) state = (Math.imul(state, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  return (state >>> 0).toString(36);
}
