// A scan in a list: what it was, what became of it, what it is worth; unfolded, the whole story.
import type { Evidence } from "../store";
import { moment, t } from "../words";
import { Appeal } from "./appeal";
import { Icon } from "./icon";
import { appealable, LOOKS, story, titleOf, worth } from "./outcome";

export function ScanRow({ evidence }: { evidence: Evidence }) {
  const { heading, icon, tone } = LOOKS[evidence.state];
  const disputed = appealable(evidence);
  return (
    <li class={`row ${tone}`}>
      <details>
        <summary>
          <span class="dot">
            <Icon name={icon} />
          </span>
          <span class="what">
            <b>{titleOf(evidence)}</b>
            <small>{`${t(heading)} · ${moment(evidence.scannedAt)}`}</small>
          </span>
          <span class="worth">{worth(evidence)}</span>
        </summary>
        <p>{story(evidence)}</p>
        {evidence.scan?.read_as && <p class="soft">{t("Read as {code}", { code: evidence.scan.read_as })}</p>}
        {disputed && <Appeal about={{ code: disputed }} />}
      </details>
    </li>
  );
}
