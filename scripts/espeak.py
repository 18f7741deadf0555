"""eSpeak NG, the speech synthesiser, as a function from text to samples."""

from __future__ import annotations

import ctypes

import espeakng_loader
import numpy as np
import numpy.typing as npt

__all__ = ["Speech"]

# Numbers from speak_lib.h of eSpeak NG 1.52.
_SYNCHRONOUS, _UTF8, _RATE, _PITCH, _RANGE = 2, 1, 1, 3, 4


class Speech:
    """One running synthesiser; ``rate`` is its sampling rate in hertz."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._clib = ctypes.CDLL(None)
        self._parts: list[npt.NDArray[np.int16]] = []
        receive = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        self._callback = receive(self._receive)
        self.rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0
        )
        if self.rate <= 0:
            raise RuntimeError("eSpeak NG does not start")
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count:
            self._parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, text: str, voice: str, speed: int, pitch: int, pitch_range: int) -> npt.NDArray[np.float64]:
        """The samples, -1 to 1, of ``text`` in ``voice`` (such as "gmw/en-US+f3").

        speed: words a minute, 80 to 450; pitch and pitch_range: 0 to 99, 50 is usual.
        """
        self._parts.clear()
        # Breath comes from random numbers of eSpeak NG's own, seeded with the time of day, and hiss
        # from those of the C
        # library; without these two seeds a rebuilt file would differ.
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        self._clib.srand(1)
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"eSpeak NG has no voice {voice!r}")
        for parameter, value in ((_RATE, speed), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        spoken = text.encode()
        self._library.espeak_Synth(
            ctypes.c_char_p(spoken), ctypes.c_size_t(len(spoken) + 1), 0, 0, 0, _UTF8, None, None
        )
        self._library.espeak_Synchronize()
        return np.concatenate(self._parts) / 32768.0
