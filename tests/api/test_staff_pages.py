import re
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from api.staff_callers import cookie
from core import sessions
from core.db import execute, fetch, fetch_value
from core.door import Door
from core.settings import Settings
from programs import staff
from programs.staff_logins import TRIES_PER_LOGIN_HOUR
from tests.api.staffing import ORIGIN, Person, logged_in, somebody
from tests.driver import Driver
from tests.programs.stored import a_program


async def test_a_person_logs_in_and_is_greeted_by_the_pages_of_his_role(http: httpx.AsyncClient) -> None:
    auditor = await somebody(http, "auditor", program_id=await a_program())

    answer = await auditor.log_in()
    own = await auditor.see("/staff")
    home = await auditor.see(own.headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
    assert home.status_code == 200
    assert "Olga auditor" in home.text


async def test_whoever_is_not_logged_in_is_asked_who_he_is_and_brought_back(http: httpx.AsyncClient) -> None:
    auditor = await somebody(http, "auditor")

    asked = await auditor.see("/staff/me")
    page = await auditor.see(asked.headers["location"])
    answer = await auditor.log_in(to="/staff/me")

    assert (asked.status_code, asked.headers["location"]) == (303, "/staff/login?next=/staff/me")
    assert 'value="/staff/me"' in page.text
    assert answer.headers["location"] == "/staff/me"


async def test_a_login_leads_to_no_other_place(http: httpx.AsyncClient) -> None:
    auditor = await somebody(http, "auditor")
    elsewhere = ["//evil.example", "https://evil.example/staff", "/staffing", "/v1/keys", "/staff/me?x=1"]

    answers = [await auditor.log_in(to=to) for to in elsewhere]

    assert {answer.headers["location"] for answer in answers} == {"/staff"}


async def test_whoever_is_logged_in_is_not_asked_again(http: httpx.AsyncClient) -> None:
    auditor = await logged_in(http, "auditor")

    answer = await auditor.see("/staff/login")

    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")


async def test_the_cookie_is_for_this_browser_alone(http: httpx.AsyncClient) -> None:
    auditor = await somebody(http, "auditor")

    cookie = (await auditor.log_in()).headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    [row] = await fetch("SELECT token_hash FROM session")
    assert row["token_hash"].hex() not in cookie


async def test_a_wrong_password_and_a_login_that_nobody_has_look_alike(http: httpx.AsyncClient) -> None:
    auditor = await somebody(http, "auditor")
    told = [
        await auditor.browser.post(
            "/staff/login", data={"login": login, "password": "wrong"}, headers={"Origin": ORIGIN}
        )
        for login in ("olga", "ogla")
    ]

    assert {answer.status_code for answer in told} == {401}
    assert told[0].text.replace("olga", "") == told[1].text.replace("ogla", "")


async def test_a_login_closes_after_too_many_wrong_tries_and_right_ones_do_not_count(http: httpx.AsyncClient) -> None:
    auditor = await somebody(http, "auditor")
    await auditor.log_in()
    await execute(
        "INSERT INTO guess (subject, hour, failures) SELECT subject, hour, 0 FROM guess ON CONFLICT DO NOTHING"
    )
    before = await fetch_value("SELECT max(failures) FROM guess")
    wrong = {"login": "olga", "password": "wrong"}

    statuses = [
        (await auditor.browser.post("/staff/login", data=wrong, headers={"Origin": ORIGIN})).status_code
        for _ in range(TRIES_PER_LOGIN_HOUR + 1)
    ]
    right = await auditor.log_in()

    assert before == 0
    assert statuses == [401] * TRIES_PER_LOGIN_HOUR + [429]
    assert right.status_code == 429
    assert 1 <= int(right.headers["Retry-After"]) <= 3_601


async def test_a_form_of_nobody_s_page_does_nothing(http: httpx.AsyncClient) -> None:
    auditor = await logged_in(http, "auditor")

    without = await auditor.browser.post("/staff/logout", headers={"Origin": ORIGIN})
    foreign = await auditor.browser.post("/staff/logout", headers={"Origin": "https://evil.example"})
    silent = await auditor.browser.post("/staff/login", data={"login": "olga", "password": auditor.password})

    assert {answer.status_code for answer in (without, foreign, silent)} == {403}
    assert (await auditor.see("/staff/me")).status_code == 200


async def test_a_form_of_another_session_does_nothing(http: httpx.AsyncClient) -> None:
    auditor, other = await logged_in(http, "auditor"), await logged_in(http, "auditor", login="igor")
    token = re.search(r'form_token" value="(\w+)"', (await other.see("/staff/me")).text)
    assert token is not None

    answer = await auditor.browser.post(
        "/staff/logout", data={"form_token": token.group(1)}, headers={"Origin": ORIGIN}
    )

    assert answer.status_code == 403


async def test_logging_out_ends_the_session_and_not_only_the_cookie(http: httpx.AsyncClient) -> None:
    auditor = await logged_in(http, "auditor")
    kept = dict(auditor.browser.cookies)

    await auditor.send("/staff/logout")
    auditor.browser.cookies.update(kept)

    assert (await auditor.see("/staff/me")).status_code == 303


async def test_who_is_let_out_is_out_at_once_and_comes_in_again_when_he_may(http: httpx.AsyncClient) -> None:
    auditor = await logged_in(http, "auditor")

    await staff.disable(auditor.id, by="test")
    out = [await auditor.see("/staff/me"), await auditor.log_in()]
    await staff.enable(auditor.id, by="test")
    back = await auditor.log_in()

    assert [answer.status_code for answer in out] == [303, 401]
    assert back.status_code == 303


async def test_a_session_is_over_when_its_time_is_up_or_nobody_was_there(http: httpx.AsyncClient) -> None:
    late, away = await logged_in(http, "auditor"), await logged_in(http, "auditor", login="igor")
    await execute("UPDATE session SET expires_at = now() - interval '1 second' WHERE subject = $1", late.id)
    await execute("UPDATE session SET seen_at = now() - interval '4 hours 1 second' WHERE subject = $1", away.id)

    answers = [await person.see("/staff/me") for person in (late, away)]

    assert [answer.status_code for answer in answers] == [303, 303]


async def test_whoever_is_there_stays(http: httpx.AsyncClient) -> None:
    auditor = await logged_in(http, "auditor")
    await execute("UPDATE session SET seen_at = now() - interval '3 hours'")

    await auditor.see("/staff/me")

    assert await fetch_value("SELECT seen_at > now() - interval '1 minute' FROM session")


async def test_old_sessions_are_dropped(http: httpx.AsyncClient) -> None:
    await logged_in(http, "auditor")
    await execute("UPDATE session SET expires_at = now() - interval '2 days'")

    await sessions.forget_old()

    assert await fetch("SELECT FROM session") == []


async def test_one_s_own_password_is_changed_by_the_old_one_and_ends_the_other_sessions(
    http: httpx.AsyncClient,
) -> None:
    auditor, elsewhere = await logged_in(http, "auditor"), httpx.AsyncClient(transport=http._transport, base_url=ORIGIN)
    said = {"login": "olga", "password": auditor.password}
    await elsewhere.post("/staff/login", data=said, headers={"Origin": ORIGIN})

    refused = await auditor.send("/staff/me/password", new="another horse battery", password="wrong")
    changed = await auditor.send("/staff/me/password", new="another horse battery", password=auditor.password)

    assert (refused.status_code, changed.status_code) == (401, 200)
    assert (await auditor.see("/staff/me")).status_code == 200
    assert (await elsewhere.get("/staff/me")).status_code == 303
    assert (await auditor.log_in()).status_code == 401


async def test_a_pin_is_not_the_first_that_comes_to_mind(http: httpx.AsyncClient) -> None:
    auditor = await logged_in(http, "auditor", pin=False)
    pins = {"1111": 422, "3456": 422, "87654321": 422, "12a4": 400, "258": 400, "2580": 200}

    answers = {pin: await auditor.send("/staff/me/pin", pin=pin, password=auditor.password) for pin in pins}

    assert {pin: answer.status_code for pin, answer in answers.items()} == pins
    assert await fetch_value("SELECT pin IS NOT NULL FROM staff")


async def test_the_pages_speak_the_language_that_was_chosen(http: httpx.AsyncClient) -> None:
    by_browser = await http.get("/staff/login", headers={"Accept-Language": "en"})
    chosen = await http.get("/staff/language/ru", headers={"Referer": f"{ORIGIN}/staff/login"})
    by_choice = await http.get("/staff/login", headers={"Accept-Language": "en"})

    assert "Staff login" in by_browser.text
    assert chosen.headers["location"] == "/staff/login"
    assert '<html lang="ru">' in by_choice.text


@pytest.mark.parametrize(("origin", "secure"), [("https://bonus.example", True), (ORIGIN, False)])
async def test_the_cookie_of_a_language_travels_over_tls_alone_where_there_is_tls(
    http: httpx.AsyncClient, app: Litestar, monkeypatch: pytest.MonkeyPatch, origin: str, *, secure: bool
) -> None:
    process = app.state.process
    monkeypatch.setattr(process, "settings", msgspec.structs.replace(process.settings, origin=origin))

    chosen = await http.get("/staff/language/ru")

    said = {part.strip().lower() for part in chosen.headers["set-cookie"].split(";")}
    assert ("secure" in said, said >= {"httponly", "samesite=lax", "path=/staff"}) == (secure, True)


async def test_the_pages_carry_no_script_and_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/staff/login")
    [style] = re.findall(r'href="(/staff/assets/[^"]+)"', page.text)

    assert "default-src 'none'; style-src 'self'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "http" not in page.text
    assert "immutable" in (await http.get(style)).headers["cache-control"]
    assert (await http.get("/staff/assets/other.css")).status_code == 404


async def test_what_a_person_is_called_is_text(http: httpx.AsyncClient) -> None:
    auditor = await logged_in(http, "auditor")
    await execute("UPDATE staff SET name = '<b>&\"'")

    page = await auditor.see("/staff/me")

    assert "&lt;b&gt;&amp;&quot;" in page.text


# Over HTTP.


async def test_the_owner_lets_people_in_and_their_password_is_shown_once(driver: Driver) -> None:
    made = await driver.owner("POST", "/v1/staff", {"login": "olga", "name": "Ольга", "role": "marketer"})
    listed = await driver.call("GET", "/v1/staff", token=driver.owner_key)

    assert made["staff"]["role"] == "marketer"
    assert made["password"] not in listed.text
    assert listed.json()["staff"] == [made["staff"]]
    assert made["password"].encode() not in await fetch_value("SELECT password FROM staff")


async def test_a_password_that_was_handed_out_is_changed_before_anything_else(
    driver: Driver, http: httpx.AsyncClient
) -> None:
    made = await driver.owner("POST", "/v1/staff", {"login": "olga", "name": "Ольга", "role": "auditor"})
    browser = httpx.AsyncClient(transport=http._transport, base_url=ORIGIN)
    olga = Person(UUID(made["staff"]["id"]), "olga", made["password"], browser)
    await olga.log_in()

    before = [await olga.see("/staff"), await olga.see("/staff/me")]
    same = await olga.send("/staff/me/password", new=made["password"], password=made["password"])
    await olga.send("/staff/me/password", new="correct horse battery", password=made["password"])
    after = await olga.see("/staff")
    again = await driver.owner("POST", f"/v1/staff/{olga.id}/password")
    await msgspec.structs.replace(olga, password=again["password"]).log_in()
    handed_anew = await olga.see("/staff")

    assert [answer.headers.get("location") for answer in before] == ["/staff/me", None]
    assert same.status_code == 422
    assert after.headers.get("location") != "/staff/me"
    assert handed_anew.headers["location"] == "/staff/me"


async def test_a_cashier_has_a_shop_and_nobody_else_and_a_login_is_of_one_person(driver: Driver) -> None:
    await driver.owner("POST", "/v1/staff", {"login": "olga", "name": "Ольга", "role": "marketer"})
    shop_id = (await driver.owner("POST", f"/v1/programs/{await driver.program()}/shops", {"code": "M", "name": "М"}))[
        "id"
    ]

    answers = [
        await driver.call("POST", "/v1/staff", body, token=driver.owner_key)
        for body in (
            {"login": "olga", "name": "О", "role": "auditor"},
            {"login": "vera", "name": "В", "role": "cashier"},
            {"login": "vera", "name": "В", "role": "auditor", "shop_id": shop_id},
            {"login": "Вера", "name": "В", "role": "auditor"},
            {"login": "vera", "name": "В", "role": "terminal"},
        )
    ]
    cashier = await driver.owner(
        "POST", "/v1/staff", {"login": "vera", "name": "В", "role": "cashier", "shop_id": shop_id}
    )

    assert [answer.status_code for answer in answers] == [409, 422, 422, 400, 400]
    assert cashier["staff"]["program_id"] == await driver.program()


async def test_a_confined_owner_reaches_the_people_of_his_program_alone(driver: Driver) -> None:
    program_id = await driver.program()
    confined = await driver.owner("POST", "/v1/keys", {"name": "c", "role": "owner", "program_id": program_id})
    others = await driver.owner("POST", "/v1/staff", {"login": "olga", "name": "О", "role": "auditor"})

    mine = await driver.call(
        "POST", "/v1/staff", {"login": "vera", "name": "В", "role": "auditor"}, token=confined["token"]
    )
    seen = await driver.call("GET", "/v1/staff", token=confined["token"])
    reached = [
        await driver.call("POST", f"/v1/staff/{others['staff']['id']}/{verb}", token=confined["token"])
        for verb in ("disable", "enable", "password")
    ]

    assert UUID(mine.json()["staff"]["program_id"]) == UUID(program_id)
    assert [one["login"] for one in seen.json()["staff"]] == ["vera"]
    assert [answer.status_code for answer in reached] == [404, 404, 404]


async def test_a_new_password_ends_what_the_old_one_opened(http: httpx.AsyncClient, driver: Driver) -> None:
    auditor = await logged_in(http, "auditor")

    handed = await driver.owner("POST", f"/v1/staff/{auditor.id}/password")
    old, out = await auditor.log_in(), await auditor.see("/staff/me")
    new = await auditor.browser.post(
        "/staff/login", data={"login": "olga", "password": handed["password"]}, headers={"Origin": ORIGIN}
    )

    assert (old.status_code, out.status_code, new.status_code) == (401, 303, 303)


async def test_logins_that_wait_too_long_are_told_to_come_later(http: httpx.AsyncClient, app: Litestar) -> None:
    auditor = await somebody(http, "auditor")
    process = app.state.process
    usual, process.logins = process.logins, Door(at_once=1, queue_max=0)

    async with process.logins.passed():
        answer = await auditor.log_in()
    process.logins = usual

    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("origin", "name", "secure"),
    [("https://bonus.example", "__Host-naparnik_staff", True), ("http://127.0.0.1:8000", "naparnik_staff", False)],
)
def test_the_cookie_of_a_session_is_the_browsers_and_this_hosts_alone(origin: str, name: str, *, secure: bool) -> None:
    made = cookie(Settings(environment="test", origin=origin), "token")

    assert (made.key, made.secure, made.httponly, made.samesite, made.path) == (name, secure, True, "strict", "/")
    assert made.domain is None
