// Receipts: those that were handed in with where each stands, and three ways to hand one in.
import { useEffect, useState } from "preact/hooks";

import { api, told } from "../api";
import { Back } from "../parts/back";
import { Empty } from "../parts/empty";
import { Icon } from "../parts/icon";
import { More } from "../parts/more";
import { ReceiptForm } from "../parts/receipt_form";
import { ReceiptRow } from "../parts/receipt_row";
import { Result } from "../parts/result";
import { chosen } from "../parts/tools";
import { photographed } from "../photographed";
import { heedRefusal, journal, recent } from "../state";
import { type Evidence, fact, note, type Receipt } from "../store";
import { answered, kept, type Taken } from "../taking";
import { marked, t } from "../words";

export function ReceiptScreen() {
  const [receipts, setReceipts] = useState<Receipt[]>([]);
  const [before, setBefore] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const [taken, setTaken] = useState<Exclude<Taken, { is: "hint" }> | undefined>(undefined);
  const [hint, setHint] = useState("");
  const newest = journal.value[0]?.id;

  async function learn() {
    if (!asked) setReceipts((await fact<Receipt[]>("receipts")) ?? []);
    try {
      const page = await told(api.GET("/v1/receipts"));
      setReceipts(page.receipts);
      setBefore(page.before);
      await note("receipts", page.receipts);
    } catch (failed) {
      heedRefusal(failed);
    }
    setAsked(true);
  }

  async function earlier() {
    const page = await told(api.GET("/v1/receipts", { params: { query: { before } } }));
    setReceipts([...receipts, ...page.receipts]);
    setBefore(page.before);
  }

  async function hand(body: Evidence["body"]) {
    const one = await kept("receipt", body);
    if (one.is === "hint") {
      setHint(one.text);
      return;
    }
    setTaken(one);
    setTaken({ is: "kept", evidence: await answered(one.evidence) });
    await learn();
  }

  async function photo(file: File) {
    setHint(t("Looking at the photo…"));
    const body = await photographed(file).catch(() => undefined);
    setHint(body ? "" : t("The photo could not be read. Take it closer and in better light."));
    if (body) await hand(body);
  }

  // What becomes of one is told by the journal.
  useEffect(() => void learn(), [newest]);
  const unsent = recent.value.filter((one) => one.kind === "receipt" && one.due).length;
  return (
    <>
      <Back to="me" text={marked("Me")} />
      <h1>{t("Receipts")}</h1>
      <a class="primary big" href="#scan">
        <Icon name="receipt" /> {t("Scan a receipt")}
      </a>
      <label class="button">
        <Icon name="camera" /> {t("Photograph it")}
        <input type="file" accept="image/*" class="unseen" onChange={({ currentTarget }) => chosen(currentTarget, (file) => void photo(file))} />
      </label>
      <ReceiptForm hand={(fields) => void hand({ fields })} />
      {hint && (
        <p class="lead" role="status">
          {hint}
        </p>
      )}
      {asked && receipts.length === 0 && unsent === 0 && (
        <Empty icon="receipt">{t("No receipts yet. For goods without a code inside, the receipt brings the bonus.")}</Empty>
      )}
      <ul class="rows">
        {receipts.map((receipt) => (
          <ReceiptRow key={receipt.receipt_id} receipt={receipt} />
        ))}
      </ul>
      {before !== null && <More more={earlier} />}
      {taken && <Result taken={taken} brief={false} next={() => setTaken(undefined)} />}
    </>
  );
}
