// The statement: each movement of what may be spent with what was left after it, to look at and to take along.
import { useEffect, useState } from "preact/hooks";

import { api, type Schemas, told } from "../api";
import { giveFile } from "../giving";
import { Back } from "../parts/back";
import { Empty } from "../parts/empty";
import { Icon } from "../parts/icon";
import { More } from "../parts/more";
import { said } from "../parts/refusal";
import { wallet } from "../state";
import { amount, language, marked, moment, t, unit } from "../words";

type Entry = Schemas["Entry"];

const PAGE = 200;
const KINDS: Record<string, string> = {
  release: marked("Bonus, free to spend"),
  repay: marked("Made up for what was taken back"),
  expire: marked("Expired"),
  reserve: marked("Paid or set aside"),
  unreserve: marked("Came back"),
  claw_available: marked("Taken back"),
};

export function StatementScreen() {
  const [entries, setEntries] = useState<Entry[]>([]);
  const [before, setBefore] = useState<number | null>(null);
  const [failed, setFailed] = useState("");
  const [asked, setAsked] = useState(false);
  const assets = wallet.value?.balances.map((balance) => balance.asset) ?? [];
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const asset = chosen ?? assets[0] ?? "BON";

  async function attempt(done: () => Promise<void>) {
    setFailed("");
    await done().catch((refused: unknown) => setFailed(said(refused)));
  }

  async function first() {
    const page = await read(asset, null);
    setEntries(page.entries);
    setBefore(page.before);
  }

  async function earlier() {
    const page = await read(asset, before);
    setEntries([...entries, ...page.entries]);
    setBefore(page.before);
  }

  useEffect(() => void attempt(first).then(() => setAsked(true)), [asset]);
  return (
    <>
      <Back to="me" text={marked("Me")} />
      <h1>{t("Statement")}</h1>
      <p class="soft">{t("What came to be spent, and where it went.")}</p>
      {assets.length > 1 && (
        <div class="choices assets" role="group" aria-label={t("Of what")}>
          {assets.map((one) => (
            <button type="button" aria-pressed={one === asset} onClick={() => setChosen(one)}>
              {unit(0, one)}
            </button>
          ))}
        </div>
      )}
      <button type="button" onClick={() => void attempt(async () => giveFile(table(await whole(asset), asset)))}>
        <Icon name="share" /> {t("Save as a table")}
      </button>
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      {!asked && <p class="soft">{t("One moment…")}</p>}
      {asked && entries.length === 0 && !failed && <Empty icon="list">{t("Nothing has happened yet.")}</Empty>}
      <ul class="rows">
        {entries.map((entry) => (
          <li key={entry.seq} class={`row plainly ${entry.amount_minor > 0 ? "good" : "yours"}`}>
            <span class="what">
              <span>{named(entry)}</span>
              <small>{moment(entry.created_at)}</small>
            </span>
            <span class="moved">
              <b class="worth">{signed(entry.amount_minor, asset)}</b>
              <small class="soft">{t("then {amount}", { amount: amount(entry.after_minor, asset) })}</small>
            </span>
          </li>
        ))}
      </ul>
      {before !== null && <More more={earlier} />}
    </>
  );
}

async function read(asset: string, before: number | null): Promise<Schemas["Entries"]> {
  const query = { account: "available" as const, asset, limit: PAGE, ...(before === null ? {} : { before }) };
  return told(api.GET("/v1/wallet/entries", { params: { query } }));
}

async function whole(asset: string): Promise<Entry[]> {
  const found: Entry[] = [];
  let before: number | null = null;
  do {
    const page: Schemas["Entries"] = await read(asset, before);
    found.push(...page.entries);
    before = page.before;
  } while (before !== null);
  return found;
}

/** As the tables of the reader's country have it: a mark for the encoding, semicolons where the comma is the point. */
function table(entries: Entry[], asset: string): File {
  const [between, point] = language.value === "ru" ? [";", ","] : [",", "."];
  const heads = [t("Time"), t("What"), `${t("Sum")}, ${unit(0, asset)}`, t("Left after it")];
  const rows = entries.map((entry) => [
    entry.created_at,
    named(entry),
    ...[entry.amount_minor, entry.after_minor].map((minor) => (minor / 100).toFixed(2).replace(".", point)),
  ]);
  const text = [heads, ...rows].map((cells) => cells.map((cell) => `"${cell}"`).join(between)).join("\r\n");
  return new File([`\uFEFF${text}\r\n`], `naparnik-${new Date().toISOString().slice(0, 10)}.csv`, { type: "text/csv" });
}

function named({ kind }: Entry): string {
  return t(KINDS[kind] ?? marked("Another movement"));
}

function signed(minor: number, asset: string): string {
  return `${minor > 0 ? "+" : "−"}${amount(Math.abs(minor), asset)}`;
}
