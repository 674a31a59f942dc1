"""What a child writes to standard output or error, cut into one piece a replay."""

# Of each piece and stream, this much is kept; the rest is counted.
KEPT_BYTES = 64 * 1024


class Capture:
    """Splits a stream at a marker that the child writes at the end of each piece, and that nothing else can guess."""

    def __init__(self, marker: bytes) -> None:
        self._marker = marker
        # Bytes at the end that may be the beginning of a marker.
        self._tail = b""
        self._kept = bytearray()
        self._dropped = 0
        self.finished: list[list[str]] = []

    def feed(self, data: bytes) -> None:
        data = self._tail + data
        while True:
            before, found, after = data.partition(self._marker)
            if not found:
                break
            self._keep(before)
            self.finished.append(self.take())
            data = after
        held = min(len(data), len(self._marker) - 1)
        self._tail = data[len(data) - held :]
        self._keep(data[: len(data) - held])

    def take(self) -> list[str]:
        """The lines of the piece at hand, which ends here."""
        lines = [line.rstrip("\r") for line in bytes(self._kept).decode("utf-8", "replace").split("\n")]
        if not lines[-1]:
            lines.pop()
        if self._dropped:
            lines.append(f"… {self._dropped} more bytes")
        self._kept = bytearray()
        self._dropped = 0
        return lines

    def rest(self) -> list[str]:
        """The lines of a piece that will never be finished."""
        self._keep(self._tail)
        self._tail = b""
        return self.take()

    def _keep(self, data: bytes) -> None:
        room = KEPT_BYTES - len(self._kept)
        self._kept += data[:room]
        self._dropped += max(0, len(data) - room)
