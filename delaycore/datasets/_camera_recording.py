"""CameraRecording: what an event camera recorded, and cuts of it that count what they take away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from delaycore._shown import one_line
from delaycore._values import is_whole
from delaycore.datasets._coordinates import join_coordinates
from delaycore.datasets._events import EventSet
from delaycore.errors import DataError

__all__ = ["CameraRecording"]

Array = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CameraRecording:
    """Events of one recording of an event camera.

    times:   [events] int64, microseconds from the first event of the file, ascending.
    x, y:    [events] int64, column and row, from 0 at the top left.
    p:       [events] int64, 1 where it became brighter, 0 where it became darker.
    size:    height and width of the sensor, or of what is left of it.
    name:    of the recording in messages.
    dropped: events that `crop` and `downscale` took away, since they lay outside.
    merged:  events that `downscale` took away, since another of the same time came to lie on the same pixel.
    """

    times: Array
    x: Array
    y: Array
    p: Array
    size: tuple[int, int]
    name: str = "recording"
    dropped: int = 0
    merged: int = 0

    @one_line
    def __repr__(self) -> str:
        height, width = self.size
        return f"CameraRecording({self.name!r}: {len(self)} events, {width} x {height} pixels)"

    def __len__(self) -> int:
        return len(self.times)

    @property
    def sensor(self) -> tuple[int, int, int]:
        """Height, width and polarities, as in `EventSet.sensor`."""
        return (*self.size, 2)

    @property
    def channels(self) -> npt.NDArray[np.int32]:
        """[events] int32, ``(y * width + x) * 2 + p``."""
        ends = np.array([0, len(self)])
        return join_coordinates(self.name, {"x": self.x, "y": self.y, "p": self.p}, ends, self.sensor)

    def crop(self, left: int, top: int, width: int, height: int) -> CameraRecording:
        """Return the events of the rectangle whose first column is ``left`` and first row ``top``.

        Times stay as they are.  Raises `DataError` for a rectangle that is not within the sensor.
        """
        rows, columns = self.size
        wanted = (left, top, width, height)
        if not (
            all(map(is_whole, wanted))
            and left >= 0
            and top >= 0
            and 0 < width <= columns - left
            and 0 < height <= rows - top
        ):
            message = f"{wanted} (left, top, width, height) is no part of its {columns} x {rows} pixels"
            raise DataError.at(f"{self.name}: crop", message, "give a rectangle within the sensor")
        inside = (self.x >= left) & (self.x < left + width) & (self.y >= top) & (self.y < top + height)
        cut = self._keep(inside)
        cut = replace(cut, x=cut.x - left, y=cut.y - top, size=(int(height), int(width)))
        return replace(cut, dropped=self.dropped + len(self) - len(cut))

    def downscale(self, factor: int) -> CameraRecording:
        """Return a recording in which ``factor`` x ``factor`` pixels are one.

        Columns and rows beyond a multiple of ``factor`` are left out.  Events of one time, pixel and polarity
        are one event afterwards.  Raises `DataError` for a factor that is no whole number, or leaves
        no pixel.
        """
        if not is_whole(factor) or not 1 <= factor <= min(self.size):
            message = f"{factor!r:.80} is no whole number within 1..{min(self.size)}"
            raise DataError.at(f"{self.name}: downscale", message, "give a smaller factor")
        height, width = (side // factor for side in self.size)
        inside = self.crop(0, 0, width * factor, height * factor)
        small = replace(inside, x=inside.x // factor, y=inside.y // factor, size=(height, width))
        if factor == 1:
            return small
        order = np.lexsort((small.channels, small.times))
        same = (np.diff(small.times[order]) == 0) & (np.diff(small.channels[order]) == 0)
        kept = np.ones(len(small), np.bool_)
        kept[order[1:][same]] = False
        return replace(small._keep(kept), merged=self.merged + int(same.sum()))

    def to_events(self, label: str) -> EventSet:
        """Return it as the only sample of an `EventSet`, of the class ``label``."""
        return EventSet(
            times=self.times,
            channels=self.channels,
            offsets=np.array([0, len(self)]),
            labels=np.array([0]),
            speakers=np.array([-1]),
            classes=(label,),
            channel_count=2 * self.size[0] * self.size[1],
            name=self.name,
            sensor=self.sensor,
        )

    def _keep(self, chosen: npt.NDArray[np.bool_]) -> CameraRecording:
        return replace(self, times=self.times[chosen], x=self.x[chosen], y=self.y[chosen], p=self.p[chosen])
