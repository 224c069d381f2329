// What goods are called: asked once each, kept for when there is no network.
import { signal } from "@preact/signals";

import { api, told } from "./api";
import { type Evidence, fact, note } from "./store";

type Names = Record<string, { ru: string; en: string }>;

export const names = signal<Names>({});
const asked = new Set<string>();

export async function loadNames(): Promise<void> {
  names.value = (await fact<Names>("goods")) ?? {};
}

/** Learn the names behind these scans that nobody has asked for yet. */
export async function learnNames(scans: Evidence[]): Promise<void> {
  const ids = new Set(scans.flatMap(({ scan }) => scan?.product_id ?? []));
  const unknown = [...ids].filter((id) => !names.value[id] && !asked.has(id));
  if (unknown.length === 0) return;
  for (const id of unknown) {
    asked.add(id);
    try {
      const found = await told(api.GET("/v1/products/{product_id}", { params: { path: { product_id: id } } }));
      names.value = { ...names.value, [id]: { ru: found.name_ru, en: found.name_en } };
    } catch {
      asked.delete(id);
      return;
    }
  }
  await note("goods", names.value);
}
