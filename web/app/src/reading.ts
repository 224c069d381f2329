// What a text is that the camera saw or somebody typed: a code from a pack, a receipt, a friend's code, a phone to link.
import type { Body } from "./store";

export type Reading =
  | { is: "evidence"; kind: "code" | "receipt"; body: Body }
  | { is: "promo"; text: string }
  | { is: "link"; secret: string }
  | { is: "recovery"; text: string }
  | { is: "goods" }
  | { is: "nothing" };

export const LINK = "naparnik-link:1:";
export const RECOVERY = "naparnik-recovery:1:";

const RECEIPTS = [
  // Russia: t=20260320T2303&s=5803.00&fn=…&i=…&fp=…&n=1, in any order.
  /(?=.*\bfn=)(?=.*\bfp=)(?=.*\bi=)/i,
  /^_R1-AT\d/,
  /^V0;/,
  /^https?:\/\/consumer\.[\w.]+\.kz\//i,
];
const LOOK_ALIKES: Record<string, string> = {
  I: "1", L: "1", O: "0",
  А: "A", В: "B", Е: "E", К: "K", М: "M", Н: "H", О: "0", Р: "P", С: "C", Т: "T", У: "Y", Х: "X", Ё: "E", З: "3",
}; // prettier-ignore
export const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const CODE_LENGTH = 16;
export const FOREIGN_LENGTH_MIN = 6;

export function read(seen: string): Reading {
  const text = seen.trim();
  if (!text) return { is: "nothing" };
  if (text.startsWith(LINK)) return { is: "link", secret: text.slice(LINK.length) };
  if (text.startsWith(RECOVERY)) return { is: "recovery", text };
  if (RECEIPTS.some((one) => one.test(text))) return { is: "evidence", kind: "receipt", body: { text } };
  const promo = /\/p\/([^/?#]+)/i.exec(text);
  if (promo?.[1]) return { is: "promo", text: decodeURIComponent(promo[1]) };
  // The bars of the goods themselves: the same on each pack, and worth nothing.
  if (/^\d{8}(\d{4,6})?$/.test(text)) return { is: "goods" };
  return { is: "evidence", kind: "code", body: { code: text.slice(0, 512) } };
}

/** What was typed so far, as it is printed on packs: symbols of the alphabet, in groups of four. */
export function typed(text: string): string {
  const symbols = [...text.toUpperCase()]
    .map((letter) => LOOK_ALIKES[letter] ?? letter)
    .filter((letter) => ALPHABET.includes(letter));
  return grouped(symbols.slice(0, CODE_LENGTH).join(""));
}

/**
 * Whether the last symbol is the one that those before it ask for: the sum of their values in GF(2^5), each times the
 * generator as often as its place says. It finds every single wrong symbol and every swap of two.
 */
export function checks(code: string): boolean {
  const values = [...code].map((symbol) => ALPHABET.indexOf(symbol));
  const check = values.pop();
  return values.reduce((sum, value, place) => sum ^ times(value, place + 1), 0) === check;
}

/** The value times the generator, so often. */
function times(value: number, often: number): number {
  for (let left = often; left > 0; left -= 1) value = value & 0b10000 ? (value << 1) ^ 0b100101 : value << 1;
  return value;
}

export function grouped(code: string): string {
  return code.replace(/(.{4})(?=.)/g, "$1 ");
}
