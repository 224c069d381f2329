// The appeals: those that wait with their clocks, those that were answered with the answers.
import { useEffect, useState } from "preact/hooks";

import { appeals, appealsGoOn, learnAppeals } from "../appeals";
import { Answer, Clock } from "../parts/appeal";
import { Back } from "../parts/back";
import { Empty } from "../parts/empty";
import { More } from "../parts/more";
import { heedRefusal } from "../state";
import { marked, moment, t } from "../words";

export function AppealsScreen() {
  const [asked, setAsked] = useState(false);
  const { disputes } = appeals.value;
  useEffect(() => void learnAppeals().catch(heedRefusal).then(() => setAsked(true)), []);
  return (
    <>
      <Back to="me" text={marked("Me")} />
      <h1>{t("Appeals")}</h1>
      {asked && disputes.length === 0 && (
        <Empty icon="scales">{t("None yet. Below every scan and every line of the journal you can appeal.")}</Empty>
      )}
      {disputes.map((dispute) => (
        <section key={dispute.id} class="card dispute">
          <p class="said">{dispute.words}</p>
          <small class="soft">{moment(dispute.opened_at)}</small>
          {dispute.state === "open" ? <Clock dispute={dispute} /> : <Answer dispute={dispute} />}
        </section>
      ))}
      {appealsGoOn.value && <More more={() => learnAppeals(appealsGoOn.value)} />}
    </>
  );
}
