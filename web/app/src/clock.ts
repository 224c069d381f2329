// The server's time, as far as the phone has learned it: a phone's own clock may be wrong by a day.
import { fact, note } from "./store";

let offset = 0;

export async function loadClock(): Promise<void> {
  offset = (await fact<number>("clockOffset")) ?? 0;
}

/** Learn from an answer how far the phone's clock is off; what is within a minute is the way of the answer. */
export function learn(date: string | null): void {
  const told = date ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(told)) return;
  const found = told - Date.now();
  if (Math.abs(found - offset) < 60_000) return;
  offset = Math.abs(found) < 60_000 ? 0 : found;
  void note("clockOffset", offset);
}

export function now(): Date {
  return new Date(Date.now() + offset);
}
