// The figures of a Russian receipt as a person types them, and what is wrong with one while he types.
import { now } from "../clock";
import { marked } from "../words";

type Name = "t" | "s" | "fn" | "i" | "fp";

export interface Field {
  name: Name;
  text: string;
  hint: string;
  mode: "numeric" | "decimal" | "text";
  /** From what is printed to what the code of the receipt says. */
  value: (typed: string) => string;
}

const DAY_MS = 86_400_000;
// Both numbers are counted in 32 bits.
const NUMBER_MAX = 4_294_967_295;
const digits = (typed: string) => typed.replace(/\D/g, "");

export const FIELDS: Field[] = [
  { name: "t", text: marked("Date and time"), hint: "20.03.2026 23:03", mode: "text", value: moment },
  { name: "s", text: marked("Sum"), hint: "5803,00", mode: "decimal", value: (typed) => typed.replace(",", ".").replace(/[^\d.]/g, "") },
  { name: "fn", text: marked("ФН, 16 digits"), hint: "7384440300007971", mode: "numeric", value: digits },
  { name: "i", text: marked("ФД"), hint: "141637", mode: "numeric", value: digits },
  { name: "fp", text: marked("ФП or ФПД"), hint: "4087570038", mode: "numeric", value: digits },
];

const SHAPES: Record<Name, [RegExp, string]> = {
  t: [/^\d{8}T\d{4}$/, marked("Date and time as printed: 20.03.2026 23:03")],
  s: [/^\d{1,9}\.\d{2}$/, marked("With kopecks: 5803,00")],
  fn: [/^\d{16}$/, marked("It has 16 digits")],
  i: [/^\d{1,10}$/, marked("Up to 10 digits")],
  fp: [/^\d{1,10}$/, marked("Up to 10 digits")],
};

/** What is wrong with a figure, if anything is. */
export function faultOf(name: Name, value: string): string | undefined {
  const [shape, words] = SHAPES[name];
  if (!shape.test(value)) return words;
  if (name === "t") return faultOfTime(value);
  const counted = name === "i" || name === "fp";
  return counted && (Number(value) < 1 || Number(value) > NUMBER_MAX) ? marked("No receipt has such a number") : undefined;
}

/** The till's clock has no zone: a day is let pass. */
function faultOfTime(value: string): string | undefined {
  const [, year, month, day, hour, minute] = (/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)$/.exec(value) ?? []).map(Number);
  const told = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute));
  if (told.getUTCDate() !== day || told.getUTCMonth() + 1 !== month || told.getUTCHours() !== hour) {
    return marked("There is no such day or hour");
  }
  return told.getTime() > now().getTime() + DAY_MS ? marked("This day is still to come") : undefined;
}

function moment(typed: string): string {
  const found = /^\s*(\d{1,2})\.(\d{1,2})\.(\d{2,4})\s+(\d{1,2}):(\d{2})/.exec(typed);
  if (!found) return typed.trim();
  const [, day = "", month = "", year = "", hour = "", minute = ""] = found;
  const two = (text: string) => text.padStart(2, "0");
  return `${year.length === 2 ? `20${year}` : year}${two(month)}${two(day)}T${two(hour)}${minute}`;
}
