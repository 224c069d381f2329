// What became of a scan, in a few words and a colour.
import type { IconName } from "./icon";
import { now } from "../clock";
import { names } from "../goods";
import type { Evidence, State } from "../store";
import { amount, day, either, marked, t } from "../words";
import { inWords } from "./refusal";

export const LOOKS: Record<State, { tone: string; icon: IconName; heading: string }> = {
  queued: { tone: "queued", icon: "clock", heading: marked("Kept") },
  accepted: { tone: "good", icon: "check", heading: marked("Accepted") },
  held: { tone: "held", icon: "clock", heading: marked("Held") },
  yours: { tone: "yours", icon: "check", heading: marked("Already yours") },
  refused: { tone: "bad", icon: "cross", heading: marked("Not accepted") },
};

const MISTYPED = new Set(["check_failed", "malformed"]);

/** What was refused because it is no code, and may be one when it is corrected: nobody can look into that. */
export function mistyped({ slug, state }: Evidence): boolean {
  return state === "refused" && MISTYPED.has(slug ?? "");
}

/** The code that an appeal may be about. */
export function appealable(evidence: Evidence): string | undefined {
  const refused = evidence.state === "refused" && !mistyped(evidence);
  return refused && "code" in evidence.body ? evidence.body.code : undefined;
}

/** What it is worth, when it is free, and why. */
export function story(evidence: Evidence): string {
  const { receipt, scan, slug, state } = evidence;
  if (state === "queued") return t("It is stored on this phone and sent as soon as there is a network.");
  if (state === "refused") return inWords(slug);
  if (receipt) return either(receipt.words.ru, receipt.words.en);
  if (state === "held") return t("The goods are not on sale yet. The bonus follows by itself.");
  if (!scan?.expected) return t("There is no bonus for these goods at the moment.");
  const { available_at } = scan.expected;
  const soon = Date.parse(available_at) - now().getTime() < 60_000;
  return soon ? t("Free to spend at once.") : t("Free to spend from {day}.", { day: day(available_at) });
}

export function worth(evidence: Evidence): string {
  const expected = evidence.scan?.expected ?? evidence.receipt?.expected;
  return expected ? `+${amount(expected.amount_minor, expected.asset)}` : "";
}

export function titleOf(evidence: Evidence): string {
  const name = names.value[evidence.scan?.product_id ?? ""];
  if (name) return either(name.ru, name.en);
  if (evidence.kind === "receipt") return t("Receipt");
  return "code" in evidence.body ? t("Code {code}", { code: tail(evidence.body.code) }) : "";
}

/** The end of a code is enough to tell it from the next pack. */
function tail(code: string): string {
  return `…${code.replace(/\s/g, "").slice(-4)}`;
}
