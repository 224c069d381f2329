"""A bar on standard error that says how far a long piece of work is, if somebody sits there to see it."""

import sys
import time

_WIDTH = 40


class Progress:
    """Counts what was made, and from when on."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = time.perf_counter()
        self._shown = sys.stderr.isatty()
        self.made = 0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    @property
    def rate(self) -> str:
        """How many of them a second, as people read it."""
        return f"{self.made / max(self.seconds, 1e-9):,.0f} {self._what}/s"

    async def at(self, percent: int) -> None:
        """So far it is; the bar is drawn anew."""
        if self._shown:
            full = _WIDTH * percent // 100
            print(f"\r{'█' * full}{'░' * (_WIDTH - full)} {percent:3} %  {self.rate}  ", end="", file=sys.stderr)

    def end(self) -> None:
        """Take the bar away."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
