// The journal: all that happened, the newest first, each with its story, the reasons, and the way to appeal.
import { useState } from "preact/hooks";

import { api, told } from "../api";
import { type Explained, reasons } from "../parts/explanation";
import { Icon, type IconName } from "../parts/icon";
import { type About, Appeal } from "../parts/scan_row";
import { type Entry, journal, tell, zone } from "../state";
import { amount, either, moment, t } from "../words";

type Tone = "good" | "held" | "bad" | "yours";

const GOOD = new Set(["credited", "available", "client_came", "bonus_freed", "spend_refunded", "dispute_upheld"]);
const HELD = new Set(["held", "in_review", "bonus_held", "dispute_opened", "spend_reserved"]);
const BAD = new Set(["denied", "expired", "clawed_back", "client_returned", "dispute_rejected", "recovery_refused"]);
const ICONS: Record<Tone, IconName> = { good: "check", held: "clock", bad: "cross", yours: "journal" };

export function JournalScreen() {
  const [more, setMore] = useState(true);
  const entries = journal.value;

  async function older() {
    const before = entries.at(-1)?.id ?? null;
    const query = { zone, limit: 50, ...(before === null ? {} : { before }) };
    const page = await told(api.GET("/v1/journal", { params: { query } }));
    setMore(page.before !== null);
    await tell(page.entries);
  }

  return (
    <>
      <h1>{t("Journal")}</h1>
      {entries.length === 0 && <p class="soft">{t("Nothing has happened yet.")}</p>}
      <ul class="rows" aria-live="polite">
        {entries.map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ul>
      {more && entries.length >= 50 && (
        <button type="button" class="plain" onClick={() => void older().catch(() => setMore(false))}>
          {t("Earlier")}
        </button>
      )}
    </>
  );
}

function Row({ entry }: { entry: Entry }) {
  const [story, setStory] = useState<Explained | undefined>(undefined);
  const tone = toneOf(entry.kind);

  function unfold(open: boolean) {
    const id = entry.activity_id;
    if (!open || story || !id) return;
    const params = { path: { activity_id: id } };
    told(api.GET("/v1/activities/{activity_id}", { params })).then(setStory, () => undefined);
  }

  const line = (
    <>
      <span class="dot">
        <Icon name={ICONS[tone]} />
      </span>
      <span class="what">
        <span>{either(entry.sentence_ru, entry.sentence_en)}</span>
        <small>{moment(entry.at)}</small>
      </span>
    </>
  );
  const about = aboutOf(entry);
  if (!about) return <li class={`row plainly ${tone}`}>{line}</li>;
  return (
    <li class={`row ${tone}`}>
      <details onToggle={(event) => unfold(event.currentTarget.open)}>
        <summary>{line}</summary>
        {story && <Why story={story} />}
        <Appeal about={about} />
      </details>
    </li>
  );
}

/** What an entry may be appealed about; a receipt that was refused is no activity. */
function aboutOf({ activity_id, facts, kind }: Entry): About | undefined {
  if (activity_id) return { activity_id };
  const { receipt_id } = facts;
  return kind === "denied" && typeof receipt_id === "string" ? { receipt_id } : undefined;
}

function Why({ story }: { story: Explained }) {
  const { bonuses } = story.activity;
  return (
    <div class="why">
      {bonuses.map((bonus) => (
        <p>
          <b>{bonus.asset ? amount(bonus.amount_minor, bonus.asset) : t("No bonus")}</b> {bonus.campaign_name ?? ""}
          {bonus.reason && `: ${either(bonus.reason_ru, bonus.reason_en)}`}
          {bonus.held_for && `: ${either(bonus.held_ru, bonus.held_en)}`}
        </p>
      ))}
      <ul>
        {reasons(story).map(({ holds, text }) => (
          <li class={holds ? "yes" : "no"}>{text}</li>
        ))}
      </ul>
    </div>
  );
}

function toneOf(kind: string): Tone {
  if (GOOD.has(kind)) return "good";
  if (HELD.has(kind)) return "held";
  return BAD.has(kind) ? "bad" : "yours";
}
