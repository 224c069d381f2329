// The wallet: what may be spent, large; what waits and until when; what was scanned last.
import { Empty } from "../parts/empty";
import { Icon } from "../parts/icon";
import { ScanRow } from "../parts/scan_row";
import { go } from "../place";
import { journal, online, recent, type Wallet, wallet } from "../state";
import { amount, day, plain, t, unit } from "../words";

type Balance = Wallet["balances"][number];

const EMPTY: Balance = {
  asset: "BON",
  available_minor: 0,
  pending_minor: 0,
  reserved_minor: 0,
  debt_minor: 0,
  held_minor: 0,
  next_release_at: null,
  next_expiry_at: null,
};

export function WalletScreen() {
  const known = wallet.value?.balances ?? [];
  return (
    <>
      <h1 class="quiet">{t("Wallet")}</h1>
      {(known.length ? known : [EMPTY]).map((balance) => (
        <Purse balance={balance} />
      ))}
      {!online.value && known.length > 0 && <p class="soft small">{t("As last seen with a network.")}</p>}
      {wallet.value?.recovery_due && (
        <button type="button" class="card call" onClick={() => go("recovery")}>
          <Icon name="shield" />
          <span>
            <b>{t("Do not lose it with the phone")}</b>
            <small>{t("Save a recovery: it takes a minute.")}</small>
          </span>
        </button>
      )}
      <a class="primary big" href="#scan">
        <Icon name="scan" />
        {t("Scan a code")}
      </a>
      <a class="button big" href="#rewards">
        <Icon name="gift" />
        {t("Spend bonuses")}
      </a>
      <section>
        <h2>{t("Last scans")}</h2>
        {recent.value.length === 0 && <Empty icon="scan">{t("Nothing yet. The code is inside the pack or on a label.")}</Empty>}
        <ul class="rows">
          {recent.value.slice(0, 8).map((evidence) => (
            <ScanRow evidence={evidence} />
          ))}
        </ul>
        {journal.value.length > 0 && (
          <a class="all" href="#journal">
            {t("All that happened")} <Icon name="next" />
          </a>
        )}
      </section>
    </>
  );
}

function Purse({ balance }: { balance: Balance }) {
  const { asset, available_minor, debt_minor, held_minor, pending_minor, reserved_minor } = balance;
  return (
    <section class="purse">
      <p>{t("Free to spend")}</p>
      <p class="sum" data-asset={asset}>
        <b>{plain(available_minor)}</b> {unit(available_minor, asset)}
      </p>
      <dl>
        {pending_minor > 0 && (
          <Part
            name={balance.next_release_at ? t("Waits, next on {day}", { day: day(balance.next_release_at) }) : t("Waits")}
            value={amount(pending_minor, asset)}
          />
        )}
        {(held_minor ?? 0) > 0 && <Part name={t("Looked into by a person")} value={amount(held_minor ?? 0, asset)} />}
        {reserved_minor > 0 && <Part name={t("Set aside")} value={amount(reserved_minor, asset)} />}
        {debt_minor > 0 && <Part name={t("To be made up for")} value={amount(debt_minor, asset)} />}
        {balance.next_expiry_at && available_minor > 0 && (
          <Part name={t("Some of it expires")} value={day(balance.next_expiry_at)} />
        )}
      </dl>
    </section>
  );
}

function Part({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
