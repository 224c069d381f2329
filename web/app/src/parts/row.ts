// A row of packs in a few words: how many, what they are worth together, how many were not accepted.
import type { Evidence } from "../store";
import { amount, tn } from "../words";

export function inARow(row: Evidence[]): string {
  const refused = row.filter((one) => one.state === "refused").length;
  return [
    tn("{number} in a row", "{number} in a row", row.length),
    ...worths(row).map(([asset, minor]) => `+${amount(minor, asset)}`),
    ...(refused > 0 ? [tn("{number} not accepted", "{number} not accepted", refused)] : []),
  ].join(" · ");
}

/** What was promised, together, asset by asset. */
function worths(row: Evidence[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { scan, state } of row) {
    if (!scan?.expected || state === "yours" || state === "refused") continue;
    const { amount_minor, asset } = scan.expected;
    sums.set(asset, (sums.get(asset) ?? 0) + amount_minor);
  }
  return [...sums];
}
