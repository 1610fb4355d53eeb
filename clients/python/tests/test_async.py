"""The asynchronous client, and streams that break: through a proxy of the suite's own that cuts them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from lookback import ApiError, AsyncLookback


async def test_the_same_methods_are_awaited(url: str, trained: str) -> None:
    async with AsyncLookback(url) as client:
        jobs = await asyncio.gather(*(client.submit(preset="lookback", training={"steps": 20}) for _ in range(3)))
        done = await asyncio.gather(*(client.wait(job["id"]) for job in jobs))
        assert [job["status"] for job in done] == ["succeeded"] * 3
        assert (await client.predict([[0, 1]], job=trained)).probabilities.shape == (1, 2, 4)
        assert trained in [job["id"] async for job in client.jobs()]
        with pytest.raises(ApiError, match="job_not_found"):
            await client.job("job_00000000000000000000000000")


class CuttingProxy:
    """Passes bytes on, and cuts a connection after so many bytes of its answer; `None` lets all through."""

    def __init__(self, target: str, cuts: list[int | None]) -> None:
        self.target = urlsplit(target)
        self.cuts = cuts
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self.cuts[min(self.connections, len(self.cuts) - 1)]
        self.connections += 1
        there, back = await asyncio.open_connection(self.target.hostname, self.target.port)

        async def send() -> None:
            while piece := await reader.read(65536):
                back.write(piece)

        sending = asyncio.create_task(send())
        try:
            while piece := await there.read(65536):
                writer.write(piece if left is None else piece[:left])
                await writer.drain()
                if left is not None:
                    left -= len(piece)
                    if left <= 0:
                        break
        finally:
            sending.cancel()
            back.close()
            writer.close()


@asynccontextmanager
async def through(url: str, cuts: list[int | None]) -> AsyncIterator[tuple[AsyncLookback, CuttingProxy]]:
    proxy = CuttingProxy(url, cuts)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    async with server, AsyncLookback(f"http://{host}:{port}") as client:
        yield client, proxy


async def test_a_stream_that_breaks_goes_on_without_a_gap(url: str) -> None:
    async with AsyncLookback(url) as direct:
        job = await direct.submit(preset="lookback", training={"steps": 200, "reportEvery": 20})
        await direct.wait(job["id"])
        whole = [event async for event in direct.events(job["id"])]
    async with through(url, [900, 1500, 40, None]) as (client, proxy):
        pieced = [event async for event in client.events(job["id"])]
    assert pieced == whole
    assert proxy.connections >= 4


async def test_requests_that_may_be_repeated_are(url: str) -> None:
    async with through(url, [10, 10, None]) as (client, proxy):
        job = await client.submit(preset="lookback", training={"steps": 20})
        assert proxy.connections >= 3
    async with AsyncLookback(url) as direct:
        ids = [one["id"] async for one in direct.jobs()]
        assert ids.count(job["id"]) == 1 and ids[0] == job["id"]


async def test_what_changes_something_is_sent_once(url: str) -> None:
    async with through(url, [10, None]) as (client, proxy):
        with pytest.raises(httpx.TransportError):
            await client.cancel("job_00000000000000000000000000")
        assert proxy.connections == 1
