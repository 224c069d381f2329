// The figures of a receipt typed by hand: each is checked as soon as it can be wrong, and ticked when it is right.
import { useState } from "preact/hooks";

import { t } from "../words";
import { FIELDS, faultOf, type Field } from "./receipt_fields";

export function ReceiptForm({ hand }: { hand: (fields: Record<string, string>) => void }) {
  const [fields, setFields] = useState<Record<string, string>>({});
  const complete = FIELDS.every(({ name }) => fields[name] && !faultOf(name, fields[name]));
  return (
    <details class="card">
      <summary>{t("Type it: what stands below the sum")}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // Only a sale is handed in; the other kinds bring no bonus.
          hand({ ...fields, n: "1" });
        }}
      >
        {FIELDS.map((field) => (
          <Figure key={field.name} field={field} value={fields[field.name] ?? ""} tell={(value) => setFields({ ...fields, [field.name]: value })} />
        ))}
        <button type="submit" class="primary big" disabled={!complete}>
          {t("Hand it in")}
        </button>
      </form>
    </details>
  );
}

function Figure({ field, tell, value }: { field: Field; value: string; tell: (value: string) => void }) {
  // While it is typed it is not finished, and not wrong yet.
  const [left, setLeft] = useState(false);
  const { hint, mode, name, text } = field;
  const fault = value ? faultOf(name, value) : undefined;
  const wrong = left && fault !== undefined;
  return (
    <label class={value && !fault ? "right" : ""}>
      {t(text)}
      <input
        name={name}
        inputMode={mode}
        placeholder={hint}
        autocomplete="off"
        aria-invalid={wrong ? "true" : undefined}
        onInput={(event) => tell(field.value(event.currentTarget.value))}
        onBlur={() => setLeft(true)}
      />
      {wrong && (
        <small class="refusal" role="alert">
          {t(fault)}
        </small>
      )}
    </label>
  );
}
