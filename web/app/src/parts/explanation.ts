// Why a bonus came or did not: each condition of each campaign in a sentence, with whether it held.
import type { Schemas } from "../api";
import { marked, t } from "../words";

export type Explained = Schemas["ExplainedStory"];

interface Finding {
  condition: Record<string, unknown>;
  holds: boolean;
  parts?: Finding[];
}

const CONDITIONS: Record<string, string> = {
  product_in: marked("the product takes part"),
  batch_in: marked("the batch takes part"),
  trust_at_least: marked("the account is known well enough"),
  shop_in: marked("the shop takes part"),
  region_in: marked("the region takes part"),
  territory_in: marked("the goods were meant for this region"),
  channel_in: marked("the goods came this way"),
  segment_in: marked("the offer is meant for you"),
  tier_in: marked("your level is enough"),
  on_schedule: marked("the day and hour fit"),
  quantity_at_least: marked("there are enough pieces"),
  amount_at_least: marked("the purchase is large enough"),
  sum_at_least: marked("you bought for enough in this time"),
  count_at_least: marked("you scanned often enough in this time"),
  distinct_products_at_least: marked("there are enough different products"),
  distinct_customers_at_least: marked("there are enough different customers"),
  first_purchase: marked("it is the first purchase"),
  new_customer: marked("the customer is new"),
  customers_first_purchase: marked("it is the customer's first purchase"),
  bought_then: marked("the earlier purchase is there"),
};

interface Reason {
  campaign: string;
  text: string;
  holds: boolean;
}

/** What was asked, campaign by campaign; conditions within conditions are told one by one. */
export function reasons(story: Explained): Reason[] {
  const campaigns = story.explanation?.campaigns ?? [];
  return campaigns.flatMap((campaign) =>
    ((campaign.conditions ?? []) as unknown as Finding[]).flatMap(leaves).map(({ condition, holds }) => ({
      campaign: campaign.name,
      text: t(CONDITIONS[String(condition["when"])] ?? marked("a condition of the offer")),
      holds,
    })),
  );
}

function leaves(finding: Finding): Finding[] {
  return finding.parts?.length ? finding.parts.flatMap(leaves) : [finding];
}
