// An offer in words: what the customer gets off, and what its code brings to whoever hands it out.
import type { Schemas } from "../api";
import { amount, percent, t } from "../words";

type Offer = Schemas["Offer"];

interface Worth {
  amount_minor?: number;
  basis_points?: number;
  steps?: unknown[];
}

/** What the customer gets. */
export function gives({ currency, discounts }: Offer): string[] {
  return discounts.map((discount) => {
    const { amount_minor, basis_points } = discount as Worth;
    if (basis_points) return t("The customer pays {percent} less.", { percent: percent(basis_points) });
    if (!amount_minor) return t("A discount for the customer.");
    const off = amount(amount_minor, currency);
    if (discount.off === "per_item") return t("The customer pays {amount} less for each piece.", { amount: off });
    return t("The customer pays {amount} less.", { amount: off });
  });
}

/** What its owner gets. */
export function brings({ asset, effects }: Offer): string[] {
  const own = effects.filter(({ beneficiary, split }) => (beneficiary ?? "agent") === "agent" && !Object.keys(split ?? {}).length);
  return own.flatMap((effect) => {
    const { amount_minor, basis_points } = effect as Worth;
    if (basis_points) return t("You get {percent} of the purchase.", { percent: percent(basis_points) });
    if (!amount_minor) return t("You get a bonus by what is bought.");
    const bonus = amount(amount_minor, asset);
    return effect.pay === "per_item"
      ? t("You get {amount} for each piece.", { amount: bonus })
      : t("You get {amount} for a purchase.", { amount: bonus });
  });
}
