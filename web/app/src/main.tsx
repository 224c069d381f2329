// The start: what is kept is shown at once, then the service is asked.
import { effect } from "@preact/signals";
import { render } from "preact";

import { App } from "./app";
import { loadClock } from "./clock";
import { follow } from "./live";
import { leaveWords, renewWish } from "./notices";
import { load, online, refresh, sendNow } from "./state";
import { fact } from "./store";
import { register } from "./update";
import { loadWords } from "./words";

async function start(): Promise<void> {
  await Promise.all([loadWords(), loadClock(), load()]);
  const root = document.getElementById("app");
  if (root) render(<App />, root);
  register();
  void refresh().then(keepWaking);
  follow();
}

/** Who asked to be woken is woken in his language, also when his browser has changed its address. */
async function keepWaking(): Promise<void> {
  if (!(await fact("push"))) return;
  effect(() => void leaveWords());
  await renewWish().catch(() => undefined);
}

window.addEventListener("online", () => void sendNow());
window.addEventListener("offline", () => {
  online.value = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void refresh();
});

void start();
