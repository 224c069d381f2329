// The frame around every screen: what it is called, whether there is a network, and the five ways.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { agree, unread } from "./joining";
import { Icon, type IconName } from "./parts/icon";
import { go, screen, type Screen } from "./place";
import { CodesScreen } from "./screens/codes";
import { JournalScreen } from "./screens/journal";
import { MeScreen } from "./screens/me";
import { QueueScreen } from "./screens/queue";
import { WalletScreen } from "./screens/wallet";
import { Welcome } from "./screens/welcome";
import { full, me, online, revoked, showcase, unsent } from "./state";
import { takeOver, updateReady } from "./update";
import { either, marked, t, tn } from "./words";

const TABS: [Screen, IconName, string][] = [
  ["wallet", "wallet", marked("Wallet")],
  ["journal", "journal", marked("Journal")],
  ["scan", "scan", marked("Scan")],
  ["codes", "tag", marked("Codes")],
  ["me", "person", marked("Me")],
];

// Which of the five a screen stands behind.
const BEHIND: Partial<Record<Screen, Screen>> = {
  rewards: "wallet",
  order: "wallet",
  receipt: "me",
  recovery: "me",
  devices: "me",
  queue: "me",
  statement: "me",
  notices: "me",
  appeals: "me",
};

const SCREENS: Partial<Record<Screen, ComponentType>> = {
  wallet: WalletScreen,
  journal: JournalScreen,
  codes: CodesScreen,
  me: MeScreen,
  queue: QueueScreen,
};

// Loaded when they are opened: the camera brings its reader, recovery its arithmetic.
const LATER: Partial<Record<Screen, () => Promise<ComponentType>>> = {
  scan: async () => (await import("./screens/scan")).ScanScreen,
  receipt: async () => (await import("./screens/receipt")).ReceiptScreen,
  recovery: async () => (await import("./screens/recovery")).RecoveryScreen,
  devices: async () => (await import("./screens/devices")).DevicesScreen,
  rewards: async () => (await import("./screens/rewards")).RewardsScreen,
  order: async () => (await import("./screens/order")).OrderScreen,
  statement: async () => (await import("./screens/statement")).StatementScreen,
  notices: async () => (await import("./screens/notices")).NoticesScreen,
  appeals: async () => (await import("./screens/appeals")).AppealsScreen,
};

export function App() {
  if (!me.value) return <Welcome />;
  return (
    <>
      <Notices />
      <main class={`screen ${screen.value}`}>
        <Shown />
      </main>
      <nav class="tabs" aria-label={t("Main menu")}>
        {TABS.map(([name, icon, text]) => (
          <a href={`#${name}`} class={name} aria-current={current(name)}>
            <Icon name={icon} />
            <span>{t(text)}</span>
            {name === "scan" && unsent.value > 0 && <b class="badge">{Math.min(unsent.value, 999)}</b>}
          </a>
        ))}
      </nav>
    </>
  );
}

function current(tab: Screen): "page" | "true" | undefined {
  if (screen.value === tab) return "page";
  return BEHIND[screen.value] === tab ? "true" : undefined;
}

function Shown() {
  const Ready = SCREENS[screen.value];
  const later = LATER[screen.value];
  const [Loaded, setLoaded] = useState<{ of: Screen; Screen: ComponentType } | undefined>(undefined);
  const [missing, setMissing] = useState<Screen | undefined>(undefined);
  const wanted = screen.value;
  useEffect(() => {
    later?.().then(
      (Screen) => setLoaded({ of: wanted, Screen }),
      () => setMissing(wanted),
    );
  }, [wanted]);
  if (Ready) return <Ready />;
  if (Loaded?.of === wanted) return <Loaded.Screen />;
  return <p class="soft">{missing === wanted ? t("There is no network.") : t("One moment…")}</p>;
}

function Notices() {
  const texts = unread(showcase.value);
  return (
    <div class="notices" role="status">
      {revoked.value && (
        <p class="notice bad">{t("This phone was signed out: the account was restored on another phone.")}</p>
      )}
      {full.value && <p class="notice bad">{t("The phone's memory is full: nothing new is kept. Free some space.")}</p>}
      {!online.value && <p class="notice">{t("No network. Scan on: everything is kept and sent later.")}</p>}
      {unsent.value > 0 && screen.value !== "queue" && (
        <button type="button" class="notice link" onClick={() => go("queue")}>
          {tn("{number} unsent, safe", "{number} unsent, safe", unsent.value)}
        </button>
      )}
      {updateReady.value && (
        <button type="button" class="notice link" onClick={takeOver}>
          {t("A new version is here. Take it")}
        </button>
      )}
      {texts.length > 0 && (
        <details class="notice">
          <summary>{t("The rules have changed: read them")}</summary>
          {texts.map((text) => (
            <p class="terms">{either(text.text_ru, text.text_en)}</p>
          ))}
          <button type="button" class="primary" onClick={() => void agree(showcase.value)}>
            {t("I agree")}
          </button>
        </details>
      )}
    </div>
  );
}
