// The switch between the two languages.
import { choose, language, t } from "../words";

export function Switch() {
  return (
    <div class="switch" role="group" aria-label={t("Language")}>
      {(["ru", "en"] as const).map((one) => (
        <button type="button" lang={one} aria-pressed={language.value === one} onClick={() => void choose(one)}>
          {one === "ru" ? "Рус" : "Eng"}
        </button>
      ))}
    </div>
  );
}
