"use strict";

// The key is kept in this page's memory and nowhere else: closing the page forgets it.
const WORDS = {
  ru: {
    heading: "История кода", key: "Ключ доступа", keyNote: "Остаётся в памяти этой страницы, пока она открыта.",
    code: "Код с упаковки", ask: "Показать", goods: "Товар и партия", product: "Товар", batch: "Партия", index: "Номер в партии",
    role: "Какой код", inner: "внутренний, платит", outer: "внешний, не платит", repaired: "Прочитан с исправленной опечаткой",
    yes: "да", state: "Состояние", since: "С", reason: "Причина", range: "Диапазон", territory: "Территория", channel: "Канал",
    way: "Путь", printer: "Типография", order: "Заказ на печать", exported: "Выгружен", outcome: "Итог печати", roll: "Рулон", carton: "Короб",
    pallet: "Паллета", shipment: "Отгрузка", shippedAt: "Отгружено", destination: "Куда", scan: "Скан", by: "Участник",
    accepted: "Принят", scanned: "Отсканирован", nobody: "Кодом ещё никто не воспользовался.", bonus: "Бонус",
    tries: "Попытки", unknown: "Такого кода нет в этой установке.", failed: "Ошибка", offline: "Сервер не отвечает.",
    bonuses: { pending: "ждёт своего дня", available: "можно тратить", spent: "потрачен", expired: "сгорел", clawed_back: "отозван",
      waiting: "ждёт расчёта", in_review: "на проверке", denied: "отказано", canceled: "отменён" },
    prints: { open: "заказан", exported: "выгружен", printed: "напечатан", spoiled: "брак", lapsed: "не напечатан в срок" },
    states: { sealed: "готов к печати", exported: "выгружен типографии", printed: "напечатан", in_transit: "в пути", active: "в продаже",
      closing: "снят с продажи, ещё платит", expired: "срок вышел", suspended: "приостановлен", recalled: "отозван",
      voided: "уничтожен", leaked: "утёк" },
    whys: { held: "ждёт начала продаж", in_review: "на проверке", already_claimed: "уже занят другим" },
  },
  en: {
    heading: "A code's story", key: "Access key", keyNote: "It stays in this page's memory while the page is open.",
    code: "Code from the pack", ask: "Show", goods: "Goods and batch", product: "Product", batch: "Batch", index: "Index",
    role: "Which code", inner: "inner, pays", outer: "outer, never pays", repaired: "Read with a typo repaired",
    yes: "yes", state: "State", since: "Since", reason: "Reason", range: "Range", territory: "Territory", channel: "Channel",
    way: "Its way", printer: "Printer", order: "Print order", exported: "Exported", outcome: "Print outcome", roll: "Roll", carton: "Carton",
    pallet: "Pallet", shipment: "Shipment", shippedAt: "Shipped", destination: "To", scan: "Scan", by: "Agent",
    accepted: "Accepted", scanned: "Scanned", nobody: "Nobody has claimed this code yet.", bonus: "Bonus",
    tries: "Tries", unknown: "This installation has no such code.", failed: "Error", offline: "The server does not answer.",
    bonuses: { pending: "waits for its day", available: "free to spend", spent: "spent", expired: "expired",
      clawed_back: "taken back", waiting: "waits for the rules", in_review: "in review", denied: "denied", canceled: "canceled" },
    prints: { open: "ordered", exported: "exported", printed: "printed", spoiled: "spoiled", lapsed: "not printed in time" },
    states: { sealed: "ready to be printed", exported: "with the printer", printed: "printed", in_transit: "on its way", active: "on sale",
      closing: "no longer sold, still pays", expired: "expired", suspended: "suspended", recalled: "recalled", voided: "voided",
      leaked: "leaked" },
    whys: { held: "waits until its goods are on sale", in_review: "in review", already_claimed: "claimed by another" },
  },
};

let language = (navigator.language || "ru").toLowerCase().startsWith("en") ? "en" : "ru";
let shown = null;

const byId = (id) => document.getElementById(id);
const words = () => WORDS[language];
const time = (text) => text ? new Date(text).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" }) : null;

// Whatever the server says is put in as text, never as markup.
function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function section(heading, pairs) {
  const told = element("section");
  const list = element("dl");
  for (const [name, value, className] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(element("dt", name), element("dd", value, className));
  }
  told.append(element("h2", heading), list);
  return told;
}

function goods(found) {
  const said = words(), batch = found.batch, range = found.range;
  return section(said.goods, [
    [said.product, `${batch.sku}, ${language === "en" ? batch.name_en : batch.name_ru}`],
    [said.batch, `${batch.number} (${batch.id})`],
    [said.index, found.index],
    [said.role, said[found.role]],
    [said.repaired, found.read_as_misspelled ? said.yes : null],
    [said.state, said.states[range.state] || range.state, range.state],
    [said.since, time(range.since)],
    [said.reason, range.reason],
    [said.range, `${range.first}–${range.stop - 1}`],
    [said.territory, range.territory],
    [said.channel, range.channel],
  ]);
}

function way(found) {
  const said = words(), print = found.print, shipment = found.shipment;
  return section(said.way, [
    [said.printer, print && print.printer],
    [said.order, print && `${print.print_order_id}: ${said.prints[print.state] || print.state}`],
    [said.exported, print && time(print.exported_at)],
    [said.roll, print && print.roll],
    [said.outcome, print && (said.prints[print.outcome] || print.outcome)],
    ...found.units.map((unit) => [said[unit.kind], unit.sscc]),
    [said.shipment, shipment && shipment.number],
    [said.shippedAt, shipment && time(shipment.shipped_at)],
    [said.destination, shipment && [shipment.shop, shipment.territory, shipment.channel].filter(Boolean).join(", ")],
  ]);
}

function bonus(one) {
  const said = words(), reason = language === "en" ? one.reason_en : one.reason_ru;
  const amount = one.asset ? `${(one.amount_minor / 100).toLocaleString(language, { minimumFractionDigits: 2 })} ${one.asset}` : null;
  return [said.bonus, [amount, said.bonuses[one.state] || one.state, one.campaign_name, reason].filter(Boolean).join(" · ")];
}

function scan(found) {
  const said = words(), made = found.scan;
  if (!made) {
    const told = section(said.scan, []);
    told.append(element("p", said.nobody));
    return told;
  }
  return section(said.scan, [
    [said.by, `${language === "en" ? made.alias_en : made.alias} (${made.agent_id})`],
    [said.accepted, time(made.accepted_at), "accepted"],
    [said.scanned, time(made.scanned_at)],
    ...(made.story.bonuses.length ? made.story.bonuses.map(bonus) : [[said.bonus, said.bonuses[made.story.state] || made.story.state]]),
  ]);
}

function tries(found) {
  const said = words(), told = element("section"), list = element("ol");
  for (const one of found.tries) {
    const alias = language === "en" ? one.alias_en : one.alias;
    list.append(element("li", `${time(one.at)}: ${alias}, ${said.whys[one.why] || said.states[one.why] || one.why}`));
  }
  told.append(element("h2", said.tries), list);
  return told;
}

function tell() {
  document.documentElement.lang = language;
  document.title = words().heading;
  for (const place of document.querySelectorAll("[data-words]")) place.textContent = words()[place.dataset.words];
  for (const name of ["ru", "en"]) byId(name).setAttribute("aria-pressed", String(name === language));
  const story = byId("story");
  story.replaceChildren();
  if (shown) {
    story.append(goods(shown), way(shown), scan(shown));
    if (shown.tries.length) story.append(tries(shown));
  }
}

function refuse(text) {
  byId("refusal").textContent = text || "";
  byId("refusal").hidden = !text;
}

async function ask(event) {
  event.preventDefault();
  const button = event.submitter || event.target.querySelector("[type=submit]");
  button.disabled = true;
  shown = null;
  refuse("");
  try {
    const answer = await fetch("/v1/codes/inspect", {
      method: "POST", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
      headers: { "Authorization": `Bearer ${byId("key").value.trim()}`, "Content-Type": "application/json" },
      body: JSON.stringify({ code: byId("code").value.trim() }),
    });
    const said = await answer.json();
    if (answer.ok) shown = said;
    else refuse(answer.status === 404 ? words().unknown : `${words().failed} ${answer.status}: ${said.title || said.slug}`);
  } catch {
    refuse(words().offline);
  } finally {
    button.disabled = false;
    tell();
  }
}

byId("ask").addEventListener("submit", ask);
for (const name of ["ru", "en"]) {
  byId(name).addEventListener("click", () => { language = name; tell(); });
}
tell();
