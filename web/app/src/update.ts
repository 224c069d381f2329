// The service worker of this build, and the moment when a newer build waits for its turn.
import { signal } from "@preact/signals";

import { go } from "./place";

const waiting = signal<ServiceWorker | undefined>(undefined);

export const updateReady = waiting;

export function register(): void {
  if (!("serviceWorker" in navigator)) return;
  void navigator.serviceWorker.register("/app/sw.js", { scope: "/app/", type: "classic" }).then((registration) => {
    if (registration.waiting && navigator.serviceWorker.controller) waiting.value = registration.waiting;
    registration.addEventListener("updatefound", () => heed(registration.installing));
  });
  // A notice was tapped while the app is open.
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data === "open the journal") go("journal");
  });
}

/** Let the new build take over; nothing is lost by loading the page again, all that counts is stored. */
export function takeOver(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.value?.postMessage("take over");
}

function heed(worker: ServiceWorker | null): void {
  worker?.addEventListener("statechange", () => {
    if (worker.state === "installed" && navigator.serviceWorker.controller) waiting.value = worker;
  });
}
