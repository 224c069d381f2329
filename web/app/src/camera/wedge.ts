// A hand-held scanner: to the phone it is a keyboard that types faster than any hand and ends with Enter.

/** In a field no hand is as fast as this from one key to the next; beside the fields nobody types but a scanner. */
const PAUSE_MS_MAX = 80;
const PAUSE_BESIDE_MS_MAX = 500;
const LENGTH_MIN = 6;
const CYRILLIC = /\p{Script=Cyrillic}/u;
// What stands on the keys of the layout by which scanners type, without and with Shift.
const KEYS: Record<string, string> = {
  Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:",
  Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ", Digit0: "0)", Digit1: "1!", Digit2: "2@",
  Digit3: "3#", Digit4: "4$", Digit5: "5%", Digit6: "6^", Digit7: "7&", Digit8: "8*", Digit9: "9(",
}; // prettier-ignore

interface Pressed {
  shown: string;
  key: string;
}

/** Tell each text that a scanner types while nobody else is meant; gives back what ends the listening. */
export function heedScanner(scanned: (text: string) => void): () => void {
  let burst: Pressed[] = [];
  let last = -Infinity;

  function heed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const pause = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement ? PAUSE_MS_MAX : PAUSE_BESIDE_MS_MAX;
    if (event.timeStamp - last > pause) burst = [];
    if (event.key === "Enter" || event.key === "Tab") {
      const text = textOf(burst);
      burst = [];
      if (text.length < LENGTH_MIN) return;
      // Neither the button that has the focus nor the field is meant.
      event.preventDefault();
      event.stopPropagation();
      scanned(text);
    } else if (event.key.length === 1) {
      burst.push({ shown: event.key, key: onKey(event) });
      last = event.timeStamp;
      // On a button, Space would press it.
      if (burst.length > 1 && event.target instanceof HTMLButtonElement) event.preventDefault();
    }
  }

  window.addEventListener("keydown", heed, { capture: true });
  return () => window.removeEventListener("keydown", heed, { capture: true });
}

/** On a phone that is set to Russian the keys come out as Cyrillic letters: then the keys count and not the letters. */
function textOf(burst: Pressed[]): string {
  const russian = burst.some(({ shown }) => CYRILLIC.test(shown));
  return burst.map(({ key, shown }) => (russian ? key : shown)).join("");
}

function onKey({ code, key, shiftKey }: KeyboardEvent): string {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter) return shiftKey || key !== key.toLowerCase() ? letter : letter.toLowerCase();
  return KEYS[code]?.[shiftKey ? 1 : 0] ?? key;
}
