// Typing a code: it is put in order as it is typed; keys of our own spare looking for the right keyboard.
import { useEffect, useRef, useState } from "preact/hooks";

import { ALPHABET, checks, CODE_LENGTH, FOREIGN_LENGTH_MIN, typed } from "../reading";
import { t, tn } from "../words";
import { Icon } from "./icon";

interface Asked {
  /** What stands in the field at first. */
  before: string;
  done: (text: string) => void;
  leave: () => void;
}

export function Typing({ before, done, leave }: Asked) {
  const [text, setText] = useState(before);
  // Codes that a maker brought from elsewhere have other letters and lengths.
  const [foreign, setForeign] = useState(false);
  // The phone's own keys would cover ours; whoever taps the field again wants them.
  const [ownKeys, setOwnKeys] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const symbols = foreign ? text.trim() : text.replaceAll(" ", "");
  const length = foreign ? FOREIGN_LENGTH_MIN : CODE_LENGTH;
  const missing = isAddress(text) ? 0 : length - symbols.length;
  const odd = missing <= 0 && !foreign && !isAddress(text) && !checks(symbols);

  useEffect(() => field.current?.focus(), [foreign]);

  function enter(event: Event) {
    event.preventDefault();
    if (missing <= 0) done(symbols);
  }

  return (
    <form class="typing" onSubmit={enter}>
      <button type="button" class="plain back" onClick={leave}>
        <Icon name="back" /> {t("Back to the camera")}
      </button>
      <label>
        {t("Code from the pack")}
        <input
          ref={field}
          name="code"
          value={text}
          inputMode={foreign || ownKeys ? "text" : "none"}
          onClick={() => setOwnKeys(true)}
          autocapitalize="characters"
          autocomplete="off"
          autocorrect="off"
          spellcheck={false}
          maxLength={foreign ? 100 : undefined}
          placeholder={foreign ? undefined : "0000 0000 0000 0000"}
          onInput={({ currentTarget: { value } }) => setText(foreign || isAddress(value) ? value : typed(value))}
        />
      </label>
      <p class={odd ? "refusal" : "soft"} aria-live="polite">
        {odd ? t("A symbol looks wrong: compare it with the pack.") : foreign ? t("Type it just as it is printed.") : left(missing)}
      </p>
      <button type="button" class="plain other" onClick={() => setForeign(!foreign)}>
        {foreign ? t("My code has 16 symbols") : t("My code looks different")}
      </button>
      {!foreign && <Keys press={(symbol) => setText(typed(text + symbol))} erase={() => setText(typed(symbols.slice(0, -1)))} />}
      <button type="submit" class="primary big" disabled={missing > 0}>
        {t("Claim it")}
      </button>
    </form>
  );
}

function left(missing: number): string {
  return missing > 0 ? tn("{number} symbol to go", "{number} symbols to go", missing) : t("That is all of it.");
}

/** A slow scanner types a whole address into the field; that stays as it came. */
function isAddress(text: string): boolean {
  return /[/:=]/.test(text);
}

function Keys({ erase, press }: { erase: () => void; press: (symbol: string) => void }) {
  return (
    <div class="keys" aria-label={t("Symbols")} role="group">
      {[...ALPHABET].map((symbol) => (
        <button type="button" onClick={() => press(symbol)}>
          {symbol}
        </button>
      ))}
      <button type="button" class="wide" aria-label={t("Delete")} onClick={erase}>
        <Icon name="erase" />
      </button>
    </div>
  );
}
