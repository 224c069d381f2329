// Receipts: those that were handed in with where each stands, and handing one in by its printed figures.
import { useEffect, useState } from "preact/hooks";

import { api, type Schemas, told } from "../api";
import { FIELDS, faults } from "../parts/receipt_fields";
import { Icon } from "../parts/icon";
import { Result } from "../parts/result";
import { keep } from "../queue";
import { heedRefusal } from "../state";
import { fact, remember } from "../store";
import { answered, type Taken } from "../taking";
import { amount, either, t } from "../words";

type Receipt = Schemas["ReceiptView"];

export function ReceiptScreen() {
  const [receipts, setReceipts] = useState<Receipt[]>([]);
  const [taken, setTaken] = useState<Exclude<Taken, { is: "hint" }> | undefined>(undefined);

  async function learn() {
    setReceipts((await fact<Receipt[]>("receipts")) ?? []);
    try {
      const { receipts } = await told(api.GET("/v1/receipts"));
      setReceipts(receipts);
      await remember("receipts", receipts);
    } catch (failed) {
      heedRefusal(failed);
    }
  }

  async function hand(fields: Record<string, string>) {
    const evidence = await keep("receipt", { fields });
    setTaken({ is: "kept", evidence });
    setTaken({ is: "kept", evidence: await answered(evidence) });
    await learn();
  }

  useEffect(() => void learn(), []);
  return (
    <>
      <h1>{t("Receipts")}</h1>
      <a class="primary big" href="#scan">
        <Icon name="receipt" /> {t("Scan a receipt")}
      </a>
      <Typed hand={(fields) => void hand(fields)} />
      <ul class="rows">
        {receipts.map((receipt) => (
          <Row key={receipt.receipt_id} receipt={receipt} />
        ))}
      </ul>
      {taken && <Result taken={taken} brief={false} next={() => setTaken(undefined)} />}
    </>
  );
}

function Row({ receipt }: { receipt: Receipt }) {
  return (
    <li class="row">
      <details>
        <summary>
          <span class="what">
            <b>{amount(receipt.total_minor, receipt.currency)}</b>
            <small>{receipt.issued_at.slice(0, 16).replace("T", " ")}</small>
          </span>
        </summary>
        <p>{either(receipt.words.ru, receipt.words.en)}</p>
        <ul class="lines">
          {receipt.lines.map((line) => (
            <li class={line.pays ? "yes" : "no"}>
              {line.name}
              <small>{line.words ? either(line.words.ru, line.words.en) : ""}</small>
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}

function Typed({ hand }: { hand: (fields: Record<string, string>) => void }) {
  const [fields, setFields] = useState<Record<string, string>>({});
  const wrong = faults(fields);
  const complete = FIELDS.every(({ name, optional }) => optional || fields[name]) && Object.keys(wrong).length === 0;
  return (
    <details class="card">
      <summary>{t("Type it: what stands below the sum")}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          hand(fields);
        }}
      >
        {FIELDS.map(({ hint, mode, name, text, value }) => (
          <label>
            {t(text)}
            <input
              name={name}
              inputMode={mode}
              placeholder={hint}
              aria-invalid={wrong[name] ? "true" : undefined}
              onInput={(event) => setFields({ ...fields, [name]: value(event.currentTarget.value) })}
            />
            {wrong[name] && <small class="refusal">{t(wrong[name] ?? "")}</small>}
          </label>
        ))}
        <button type="submit" class="primary big" disabled={!complete}>
          {t("Hand it in")}
        </button>
      </form>
    </details>
  );
}
