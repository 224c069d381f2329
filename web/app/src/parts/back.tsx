// The way back from a screen that stands behind another one: an app on the home screen has no button for it.
import { go, type Screen } from "../place";
import { t } from "../words";
import { Icon } from "./icon";

export function Back({ text, to }: { to: Screen; text: string }) {
  return (
    <button type="button" class="plain back" onClick={() => go(to)}>
      <Icon name="back" /> {t(text)}
    </button>
  );
}
