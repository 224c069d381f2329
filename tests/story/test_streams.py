import asyncio
import os
import signal
import time

import httpx

from tests.api.phoning import Installer
from tests.driver import Driver
from tests.installation import Installation

# A server that waits for open answers gives them some seconds; a stream that is told ends long before.
ENDS_WITHIN_SECONDS = 1.0


async def test_a_stream_ends_when_its_server_is_told_to_stop_and_goes_on_at_another(
    driver: Driver, installation: Installation
) -> None:
    phone = await Installer(driver.http, installation.origin).enrol()
    headers = {"Authorization": f"Bearer {phone.token}"}
    async with driver.http.stream("GET", "/v1/events", headers=headers) as stream:
        lines = stream.aiter_lines()
        await anext(lines)

        for process in installation.children("-m cli api"):
            os.kill(process, signal.SIGTERM)
        told_at = time.monotonic()
        async with asyncio.timeout(10):
            async for _ in lines:
                pass
        ended_after = time.monotonic() - told_at

    assert ended_after < ENDS_WITHIN_SECONDS
    assert await answers_again(phone)


async def answers_again(phone: Installer) -> bool:
    for _ in range(100):
        try:
            return (await phone.call("GET", "/v1/journal")).status_code == 200
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    return False
