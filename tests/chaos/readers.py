"""readers - those who only listen: from the start, joining late, coming and going, slow."""
import asyncio

from seats import Seat, narrow_socket


class Reader(Seat):
    """From the start to the end."""

    def __init__(self, record, room, name, addresses, rng, over):
        super().__init__(record, room, name, addresses)
        self.rng = rng
        self.over = over  # set once all has to calm down

    async def idle(self, shortest, longest):
        """So many seconds, or until all has to calm down."""
        try:
            await asyncio.wait_for(self.over.wait(), self.rng.uniform(shortest, longest))
        except asyncio.TimeoutError:
            pass


class LateReader(Reader):
    """Joins in the middle, and stays."""

    def __init__(self, *args, latest_s):
        super().__init__(*args)
        self.latest_s = latest_s

    async def run(self):
        await self.idle(1, self.latest_s)
        await super().run()


class RestlessReader(Reader):
    """Leaves after some seconds and comes back at once, to the other host."""

    async def read(self):
        if not self.over.is_set():
            try:
                await asyncio.wait_for(super().read(), self.rng.uniform(1, 6))
            except asyncio.TimeoutError:
                await self.leave()
                return
        await super().read()


class SlowReader(Reader):
    """Doesn't read for some seconds now and then; closed for it (1013) it comes back."""

    def socket_options(self, address):
        return {"sock": narrow_socket(address), "max_queue": 4, "read_limit": 4096}

    async def read(self):
        while True:
            try:
                await asyncio.wait_for(super().read(), self.rng.uniform(1, 4))
            except asyncio.TimeoutError:
                await self.idle(2, 8)

    def on_closed(self, closed):
        if self.chat:
            self.record.note_closed(f"slow {closed.code}")
        self.chat = None
