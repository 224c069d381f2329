// Typing a code: it is put in order as it is typed; keys of our own spare looking for the right keyboard.
import { useEffect, useRef, useState } from "preact/hooks";

import { ALPHABET, CODE_LENGTH, typed } from "../reading";
import { t, tn } from "../words";
import { Icon } from "./icon";

interface Asked {
  done: (text: string) => void;
  leave: () => void;
}

export function Typing({ done, leave }: Asked) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const symbols = text.replaceAll(" ", "");
  const whole = /[/:=]/.test(text);
  const missing = whole ? 0 : CODE_LENGTH - symbols.length;

  useEffect(() => field.current?.focus(), []);

  function enter(event: Event) {
    event.preventDefault();
    if (symbols) done(symbols);
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
          inputMode="text"
          autocapitalize="characters"
          autocomplete="off"
          autocorrect="off"
          spellcheck={false}
          placeholder="0000 0000 0000 0000"
          onInput={(event) => setText(accepted(event.currentTarget.value))}
        />
      </label>
      <p class="soft" aria-live="polite">
        {missing > 0 ? tn("{number} symbol to go", "{number} symbols to go", missing) : t("That is all of it.")}
      </p>
      <div class="keys" aria-label={t("Symbols")} role="group">
        {[...ALPHABET].map((symbol) => (
          <button type="button" onClick={() => setText(accepted(text + symbol))}>
            {symbol}
          </button>
        ))}
        <button type="button" class="wide" aria-label={t("Delete")} onClick={() => setText(typed(symbols.slice(0, -1)))}>
          ⌫
        </button>
      </div>
      <button type="submit" class="primary big" disabled={missing > 0}>
        {t("Claim it")}
      </button>
    </form>
  );
}

/** A hand-held scanner types whole addresses; those stay as they came. */
function accepted(text: string): string {
  return /[/:=]/.test(text) ? text : typed(text);
}
