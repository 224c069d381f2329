// Appeals: what somebody asked to be looked into, by when he is answered, and the answer; kept for without a network.
import { signal } from "@preact/signals";

import { api, type Schemas, told } from "./api";
import { fact, note } from "./store";
import { once } from "./wishes";

export type Dispute = Schemas["Dispute"];
export type About = { code: string } | { activity_id: string } | { receipt_id: string };

interface Known {
  disputes: Dispute[];
  /** Which appeal is about which code: the service knows a code that it refused by its fingerprint alone. */
  ofCodes: Record<string, string>;
}

export const appeals = signal<Known>({ disputes: [], ofCodes: {} });
export const appealsGoOn = signal<string | null>(null);

export async function loadAppeals(): Promise<void> {
  appeals.value = (await fact<Known>("appeals")) ?? appeals.value;
}

/** The newest page, or the one behind what is shown. */
export async function learnAppeals(before?: string | null): Promise<void> {
  const params = { query: before ? { before } : {} };
  const page = await told(api.GET("/v1/disputes", { params }));
  appealsGoOn.value = page.before;
  await tell({ disputes: before ? [...appeals.value.disputes, ...page.disputes] : page.disputes });
}

/** Appeal. Raises what it is refused for. */
export async function appeal(about: About, words: string): Promise<Dispute> {
  const body = { words, ...about };
  const opened = await once(`appeal ${JSON.stringify(body)}`, (header) =>
    told(api.POST("/v1/disputes", { body, params: { header } })),
  );
  const { disputes, ofCodes } = appeals.value;
  await tell({
    disputes: [opened, ...disputes.filter((one) => one.id !== opened.id)],
    ofCodes: "code" in about ? { ...ofCodes, [about.code]: opened.id } : ofCodes,
  });
  return opened;
}

/** The newest appeal about something. */
export function appealAbout(about: About): Dispute | undefined {
  const { disputes, ofCodes } = appeals.value;
  if ("code" in about) return disputes.find((one) => one.id === ofCodes[about.code]);
  if ("receipt_id" in about) return disputes.find((one) => one.about === `receipt:${about.receipt_id}`);
  return disputes.find((one) => one.activity_id === about.activity_id);
}

async function tell(news: Partial<Known>): Promise<void> {
  appeals.value = { ...appeals.value, ...news };
  await note("appeals", appeals.value);
}
