// How far something is that was bought, in a few words and a colour.
import type { Order } from "../rewards";
import { day, moment, t } from "../words";
import type { IconName } from "./icon";

interface Look {
  text: string;
  tone: "good" | "held" | "yours" | "bad";
  icon: IconName;
}

export function stateOf({ created_at, expires_at, kind, settled_at, state }: Order): Look {
  const on = moment(settled_at ?? created_at);
  switch (state) {
    case "reserved":
      return { text: t("Waits for you until {day}", { day: day(expires_at ?? created_at) }), tone: "held", icon: "clock" };
    case "fulfilled":
      if (kind === "gift_card") return { text: t("Bought on {day}", { day: on }), tone: "good", icon: "gift" };
      return { text: t("Given on {day}", { day: on }), tone: "good", icon: "check" };
    case "released":
      return { text: t("Not used; the bonuses are free again"), tone: "yours", icon: "back" };
    case "refunded":
      return { text: t("Paid back on {day}", { day: on }), tone: "yours", icon: "back" };
  }
}
