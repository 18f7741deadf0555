"""A program of its own: decodes a recording of an event camera.

The decoders of faery are fast and made for whole files: of a damaged one they may panic, or take all memory.
So `delaycore.datasets._camera_files` runs this file, and ends it if need be.  It needs numpy and faery alone.

It reads one line of JSON and writes one, followed by the bytes of the arrays t, x, y and p.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

__all__ = ["FIELDS", "decode", "get_field"]

FIELDS = (("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("p", "u1"))
"""The arrays of a recording, with their types."""


def decode(path: str, kind: str, size: tuple[int, int] | None) -> tuple[dict[str, Any], list[Any]]:
    """Return what is known of the recording at ``path``, and its events, a structured array for each packet.

    kind: "aedat", "dat" or "evt"; size: width and height, for a header that does not say them.
    """
    from faery import extension

    if kind == "aedat":
        with extension.aedat.Decoder(path) as decoder:
            tracks = [track for track in decoder.tracks() if track.data_type == "events"]
            if not tracks:
                return {"wrong": "it has no stream of events"}, []
            track = tracks[0]
            counts = [d.elements_count for d in decoder.file_data_definitions() if d.track_id == track.id]
            packets = [packet for found, packet in decoder if found.id == track.id]
        about = {"size": track.dimensions, "streams": len(tracks), "listed": sum(counts) if counts else None}
        return about, packets
    if kind == "dat":
        with extension.dat.Decoder(path, size, None) as decoder:
            if decoder.event_type != "cd":
                return {"wrong": f"it holds {decoder.event_type} events, not changes of light (cd)"}, []
            return {"size": decoder.dimensions}, list(decoder)
    with extension.evt.Decoder(path, size, None) as decoder:
        packets = [packet["events"] for packet in decoder if "events" in packet]
        return {"size": decoder.dimensions, "version": decoder.version}, packets


def get_field(packet: Any, field: str) -> Any:
    """The numbers of ``field`` in ``packet``; of DAT, the polarity is called ``payload``."""
    return packet["payload" if field == "p" and "payload" in packet.dtype.names else field]


def _limit_memory(size: int | None) -> None:
    with suppress(ImportError, ValueError, OSError):  # not on this system
        import resource

        if size is not None:
            resource.setrlimit(resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))


def _main() -> None:
    given = json.loads(sys.stdin.readline())
    sys.path[:] = given["path"]

    try:
        import faery.extension  # noqa: F401  # with the threads and the memory that it needs, before the limit
    except ImportError as error:
        sys.stdout.buffer.write(json.dumps({"missing": str(error)}).encode())
        return
    _limit_memory(given["memory"])
    size = given["size"] and tuple(given["size"])
    try:
        about, packets = decode(given["file"], given["kind"], size)
    except (MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:  # panics are no Exceptions
        about, packets = {"wrong": f"it cannot be decoded ({error})"}, []
    about["events"] = sum(map(len, packets))
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n")
    for field, dtype in FIELDS:
        for packet in packets:
            sys.stdout.buffer.write(get_field(packet, field).astype(dtype).tobytes())


if __name__ == "__main__":
    _main()
