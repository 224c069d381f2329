// Which screen is shown: the part of the address behind #, so that the phone's own way back works.
import { signal } from "@preact/signals";

const NAMES = [
  "wallet",
  "journal",
  "scan",
  "codes",
  "me",
  "receipt",
  "recovery",
  "devices",
  "queue",
  "rewards",
  "order",
  "statement",
  "notices",
  "appeals",
] as const;

export type Screen = (typeof NAMES)[number];

export const screen = signal<Screen>(named());
/** What the screen is about, an id for most. */
export const about = signal<string>(second());

window.addEventListener("hashchange", () => {
  screen.value = named();
  about.value = second();
  window.scrollTo(0, 0);
});

export function go(to: Screen, what = ""): void {
  location.hash = what ? `${to}/${what}` : to;
}

function named(): Screen {
  const name = location.hash.slice(1).split("/")[0] ?? "";
  return NAMES.find((one) => one === name) ?? "wallet";
}

function second(): string {
  return location.hash.slice(1).split("/")[1] ?? "";
}
