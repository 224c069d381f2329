// Taking what was read: stored at once, sent if there is a network, never twice.
import { inWords } from "./parts/refusal";
import { keep } from "./queue";
import { go } from "./place";
import { read } from "./reading";
import { askForSync, recent, sendNow } from "./state";
import { database, type Evidence } from "./store";
import { t } from "./words";

export type Taken = { is: "kept" | "again"; evidence: Evidence } | { is: "hint"; text: string };

/** So long an answer is waited for before the scan is shown as kept. */
const PATIENCE_MS = 4_000;

export async function take(text: string): Promise<Taken> {
  const reading = read(text);
  switch (reading.is) {
    case "evidence": {
      const before = recent.value.find((one) => sameAs(one, reading.body) && one.state !== "refused");
      if (before) return { is: "again", evidence: before };
      return kept(reading.kind, reading.body);
    }
    case "link":
      go("devices", reading.secret);
      return { is: "hint", text: "" };
    case "promo":
      return { is: "hint", text: t("This is the code {code} of a colleague, for his customers.", { code: reading.text }) };
    case "recovery":
      return { is: "hint", text: t("This is a recovery. Keep it hidden: whoever has it has the account.") };
    case "goods":
      return { is: "hint", text: t("These are the bars of the goods. The code for the bonus is inside or under a layer.") };
    case "nothing":
      return { is: "hint", text: "" };
  }
}

/** Only what is stored may be called safe. */
export async function kept(kind: Evidence["kind"], body: Evidence["body"]): Promise<Taken> {
  try {
    return { is: "kept", evidence: await keep(kind, body) };
  } catch {
    return { is: "hint", text: inWords("scan_not_kept") };
  }
}

/** The evidence with its answer, or as it is when that takes too long. */
export async function answered(evidence: Evidence): Promise<Evidence> {
  const patience = new Promise((resolve) => setTimeout(() => resolve(askForSync()), PATIENCE_MS));
  await Promise.race([sendNow(), patience]);
  return (await (await database()).get("evidence", evidence.id)) ?? evidence;
}

function sameAs(evidence: Evidence, body: Evidence["body"]): boolean {
  return !("photo" in body) && JSON.stringify(evidence.body) === JSON.stringify(body);
}
