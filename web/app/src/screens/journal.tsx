// The journal: all that happened, the newest first, each with its story, the reasons, and the way to appeal.
import { useEffect, useState } from "preact/hooks";

import { type About, learnAppeals } from "../appeals";
import { api, told } from "../api";
import { Appeal } from "../parts/appeal";
import { Empty } from "../parts/empty";
import { type Explained, reasons } from "../parts/explanation";
import { Icon, type IconName } from "../parts/icon";
import { More } from "../parts/more";
import { said } from "../parts/refusal";
import { type Entry, heedRefusal, journal, journalGoesOn, learnEarlier } from "../state";
import { amount, either, moment, t } from "../words";

type Tone = "good" | "held" | "bad" | "yours";

const GOOD = new Set(["credited", "available", "client_came", "bonus_freed", "spend_refunded", "dispute_upheld"]);
const HELD = new Set(["held", "in_review", "bonus_held", "dispute_opened", "spend_reserved"]);
const BAD = new Set(["denied", "expired", "clawed_back", "client_returned", "dispute_rejected", "recovery_refused"]);
const ICONS: Record<Tone, IconName> = { good: "check", held: "clock", bad: "cross", yours: "journal" };

export function JournalScreen() {
  const entries = journal.value;
  useEffect(() => void learnAppeals().catch(heedRefusal), []);
  return (
    <>
      <h1>{t("Journal")}</h1>
      {entries.length === 0 && <Empty icon="journal">{t("Nothing has happened yet.")}</Empty>}
      <ul class="rows" aria-live="polite">
        {entries.map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ul>
      {journalGoesOn.value && entries.length > 0 && <More more={learnEarlier} />}
    </>
  );
}

function Row({ entry }: { entry: Entry }) {
  const [story, setStory] = useState<Explained | undefined>(undefined);
  const [failed, setFailed] = useState("");
  const tone = toneOf(entry.kind);

  function unfold(open: boolean) {
    const id = entry.activity_id;
    if (!open || story || !id) return;
    setFailed("");
    const params = { path: { activity_id: id } };
    told(api.GET("/v1/activities/{activity_id}", { params })).then(setStory, (refused: unknown) => setFailed(said(refused)));
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
        {entry.activity_id && !story && <p class="soft">{failed || t("One moment…")}</p>}
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

/** Each bonus of the story with what it came from, then what was asked and whether it held, campaign by campaign. */
function Why({ story }: { story: Explained }) {
  const asked = reasons(story);
  const campaigns = [...new Set(asked.map(({ campaign }) => campaign))];
  return (
    <div class="why">
      {story.activity.bonuses.map((bonus) => (
        <p>
          <b>{bonus.asset ? amount(bonus.amount_minor, bonus.asset) : t("No bonus")}</b>
          {bonus.campaign_name && <span>{` · ${bonus.campaign_name}`}</span>}
          {bonus.reason && <span class="because">{either(bonus.reason_ru, bonus.reason_en)}</span>}
          {bonus.held_for && <span class="because">{either(bonus.held_ru, bonus.held_en)}</span>}
        </p>
      ))}
      {campaigns.map((campaign) => (
        <section>
          <small class="soft">{t("What “{campaign}” asks for", { campaign })}</small>
          <ul>
            {asked
              .filter((one) => one.campaign === campaign)
              .map(({ holds, text }) => (
                <li class={holds ? "yes" : "no"}>{text}</li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function toneOf(kind: string): Tone {
  if (GOOD.has(kind)) return "good";
  if (HELD.has(kind)) return "held";
  return BAD.has(kind) ? "bad" : "yours";
}
