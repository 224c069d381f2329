// A receipt in a list: its sum, how far it is; unfolded, what comes next and each line with why it pays or not.
import { appealAbout } from "../appeals";
import type { Receipt } from "../store";
import { amount, either, marked, moment, t } from "../words";
import { Appeal } from "./appeal";
import { Icon, type IconName } from "./icon";

interface Look {
  tone: string;
  icon: IconName;
  text: string;
}

const WAITS: Look = { tone: "held", icon: "clock", text: marked("Waits") };
const LOOKS: Record<string, Look> = {
  credited: { tone: "good", icon: "check", text: marked("Credited") },
  matched: { tone: "good", icon: "check", text: marked("The goods are found") },
  in_review: { tone: "held", icon: "clock", text: marked("Looked into by a person") },
  rejected: { tone: "bad", icon: "cross", text: marked("Not accepted") },
  returned: { tone: "yours", icon: "back", text: marked("Brought back") },
  reversed: { tone: "yours", icon: "back", text: marked("Brought back") },
};

export function ReceiptRow({ receipt }: { receipt: Receipt }) {
  const { icon, text, tone } = LOOKS[receipt.state] ?? WAITS;
  const about = { receipt_id: receipt.receipt_id };
  return (
    <li class={`row ${tone}`}>
      <details>
        <summary>
          <span class="dot">
            <Icon name={icon} />
          </span>
          <span class="what">
            <b>{amount(receipt.total_minor, receipt.currency)}</b>
            <small>{`${t(text)} · ${moment(receipt.issued_at.slice(0, 19))}`}</small>
          </span>
          {receipt.expected && <span class="worth">+{amount(receipt.expected.amount_minor, receipt.expected.asset)}</span>}
        </summary>
        <p>{either(receipt.words.ru, receipt.words.en)}</p>
        {receipt.due_at && <p class="soft">{t("Looked at again on {day}.", { day: moment(receipt.due_at) })}</p>}
        <Lines lines={receipt.lines} currency={receipt.currency} />
        {(receipt.state === "rejected" || appealAbout(about)) && <Appeal about={about} />}
      </details>
    </li>
  );
}

function Lines({ currency, lines }: { lines: Receipt["lines"]; currency: string }) {
  return (
    <ul class="lines">
      {lines.map((line) => (
        <li class={line.pays ? "yes" : "no"}>
          <span>
            {line.name}
            {line.words && <small>{either(line.words.ru, line.words.en)}</small>}
          </span>
          <span class="worth">{amount(line.amount_minor, currency)}</span>
        </li>
      ))}
    </ul>
  );
}
