// The figures of a Russian receipt as a person types them, and what is wrong with one while he types.
import { marked } from "../words";

interface Field {
  name: "t" | "s" | "fn" | "i" | "fp";
  text: string;
  hint: string;
  mode: "numeric" | "decimal" | "text";
  optional?: boolean;
  /** From what is printed to what the code of the receipt says. */
  value: (typed: string) => string;
}

const digits = (typed: string) => typed.replace(/\D/g, "");

export const FIELDS: Field[] = [
  { name: "t", text: marked("Date and time"), hint: "20.03.2026 23:03", mode: "text", value: moment },
  { name: "s", text: marked("Sum"), hint: "5803,00", mode: "decimal", value: (typed) => typed.replace(",", ".").replace(/[^\d.]/g, "") },
  { name: "fn", text: marked("ФН, 16 digits"), hint: "7384440300007971", mode: "numeric", value: digits },
  { name: "i", text: marked("ФД"), hint: "141637", mode: "numeric", value: digits },
  { name: "fp", text: marked("ФП or ФПД"), hint: "4087570038", mode: "numeric", value: digits },
];

const SHAPES: Record<Field["name"], [RegExp, string]> = {
  t: [/^\d{8}T\d{4}$/, marked("Date and time as printed: 20.03.2026 23:03")],
  s: [/^\d{1,9}\.\d{2}$/, marked("With kopecks: 5803,00")],
  fn: [/^\d{16}$/, marked("It has 16 digits")],
  i: [/^\d{1,10}$/, marked("Up to 10 digits")],
  fp: [/^\d{1,10}$/, marked("Up to 10 digits")],
};

/** What is wrong, field by field; an empty one is not wrong yet. */
export function faults(fields: Record<string, string>): Record<string, string> {
  const wrong = FIELDS.filter(({ name }) => fields[name] && !SHAPES[name][0].test(fields[name] ?? ""));
  return Object.fromEntries(wrong.map(({ name }) => [name, SHAPES[name][1]]));
}

function moment(typed: string): string {
  const found = /^\s*(\d{1,2})\.(\d{1,2})\.(\d{2,4})\s+(\d{1,2}):(\d{2})/.exec(typed);
  if (!found) return typed.trim();
  const [, day = "", month = "", year = "", hour = "", minute = ""] = found;
  const two = (text: string) => text.padStart(2, "0");
  return `${year.length === 2 ? `20${year}` : year}${two(month)}${two(day)}T${two(hour)}${minute}`;
}
