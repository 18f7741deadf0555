"""What frozen values need: checked fields, read-only arrays, equality by content, and errors that name the
field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, Self, TypeGuard, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from delaycore._wording import guess_choice, guess_meant
from delaycore.errors import GraphError, Problem, SettingsError

__all__ = [
    "LARGEST",
    "MOST",
    "SEEDS",
    "Value",
    "field_problem",
    "frozen_array",
    "integers",
    "is_whole",
    "numbers",
    "reals",
    "require_seed",
    "same",
]

MOST = 999_999
"""The largest count that is taken of steps of a sample, neurons of a layer, epochs, cores and the like: more
than anybody needs, and small enough that loops over it end and products of three stay exact in 64 bits.
"""

LARGEST = 2**31 - 1
"""The largest number of a neuron, a channel or a step: they are kept in 32 bits, sign included."""

SEEDS = 2**32
"""Seeds are smaller than this, so that every generator of random numbers takes them."""


class Value:
    """Base of frozen dataclasses whose fields are checked as soon as they are given.

    A subclass is a ``@dataclass(frozen=True)``.  Unknown names, missing fields and wrong types are a
    `GraphError` with a problem for each, named ``Class.field``; so is what `find_problems` finds in fields of
    the right types.
    """

    def __new__(cls, *args: Any, **values: Any) -> Self:
        wrong = list(_find_name_problems(cls, args, values))
        if wrong:
            given = dict(zip((f.name for f in _fields(cls)), args, strict=False)) | values
            GraphError.collect([*wrong, *_find_type_problems(cls, given)])
        return super().__new__(cls)

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]:
        return (), {f.name: getattr(self, f.name) for f in _fields(type(self))}  # copies are checked, too

    def __post_init__(self) -> None:
        kind: Any = type(self)
        for f in _fields(kind):
            object.__setattr__(self, f.name, _plain(getattr(self, f.name), _hints(kind)[f.name]))
        given = {f.name: getattr(self, f.name) for f in _fields(kind)}
        GraphError.collect(_find_type_problems(kind, given))
        GraphError.collect(self.find_problems())

    def find_problems(self) -> Iterator[Problem]:
        """Name everything that is wrong with fields of the right types; a subclass says what."""
        yield from ()


def field_problem(kind: type, name: str, value: Any, wanted: str) -> Problem:
    """The problem of a field of ``kind`` that should be ``wanted`` and is ``value``."""
    default = next(f.default for f in _fields(kind) if f.name == name)
    remedy = "correct it" if default in (MISSING, None) else f"correct it, or leave it out for {default!r}"
    remedy = guess_choice(value, wanted) + remedy
    return Problem(f"{kind.__name__}.{name}", f"must be {wanted}, not {value!r:.80}", remedy)


def _fields(kind: type) -> tuple[Field[Any], ...]:
    return fields(kind)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _find_name_problems(kind: type, args: tuple[Any, ...], values: dict[str, Any]) -> Iterator[Problem]:
    known = {f.name: f for f in _fields(kind)}
    for name in values.keys() - known.keys():
        yield Problem(
            f"{kind.__name__}.{name}",
            "is no entry that exists",
            f"{guess_meant(name, known)}known entries: {', '.join(known)}",
        )
    for name in list(known)[len(args) :]:
        if name not in values and known[name].default is MISSING:
            yield Problem(f"{kind.__name__}.{name}", "is missing", "it has no default: give it")


def _plain(value: Any, hint: Any) -> Any:
    """``value`` as Python's own type where it is a number or a list of another that means the same."""
    types = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if any(get_origin(t) is tuple for t in types) and isinstance(value, list | tuple):
        return tuple(_plain(v, int) for v in value)
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return value
    try:
        plain = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return value
    if plain != value and not np.isnan(plain):
        return value  # which float64 would round
    if float in types:
        return plain
    return int(plain) if int in types and plain.is_integer() and abs(plain) < 2**53 else value


def _find_type_problems(kind: type, given: dict[str, Any]) -> Iterator[Problem]:
    for name in [f.name for f in _fields(kind) if f.name in given]:
        hint = _hints(kind)[name]
        options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        value = _plain(given[name], hint)
        if not any(_is_of(value, option) for option in options):
            named = [_name(option) for option in options if option is not NoneType]
            yield field_problem(kind, name, given[name], " or ".join(named))


def _is_of(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        return isinstance(value, tuple) and len(value) == len(parts) and all(map(_is_of, value, parts))
    if hint in (int, float):
        number = Integral if hint is int else float  # what `_plain` could not make one of would be rounded
        return isinstance(value, number) and not isinstance(value, bool)
    return isinstance(value, hint)


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether ``value`` is a whole number of Python or numpy, which True is not."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _name(hint: Any) -> str:
    """What a field of this type is, in words."""
    if get_origin(hint) is Literal:
        *some, last = map(repr, get_args(hint))
        return f"{', '.join(some)} or {last}"
    if get_origin(hint) is tuple:
        return f"a list of {len(get_args(hint))}"
    words = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    return words.get(hint) or f"a {hint.__name__}"


def require_seed(seed: Any) -> int:
    """``seed`` as a whole number.  Raises `SettingsError` for one that not every generator takes."""
    if not (is_whole(seed) and 0 <= seed < SEEDS):
        raise SettingsError.at(
            "seed", f"must be a whole number from 0 to {SEEDS - 1}, not {seed!r:.80}", "choose another"
        )
    return int(seed)


def numbers(values: ArrayLike) -> NDArray[Any]:
    """``values`` as an array of real numbers of whatever type they have.  Raises ValueError for text, complex
    numbers, ragged lists, masked arrays, trained tensors of torch, and whatever else numpy makes no array of.
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        raise ValueError("is a masked array, and says nothing of what is masked: fill it, or leave that out")
    try:
        array = np.asarray(values)
    except Exception as error:  # torch's for a tensor with a gradient names the remedy; others raise anything
        raise ValueError(str(error) or type(error).__name__) from None
    if array.dtype.kind not in "biuf" and array.size:
        raise ValueError(f"holds {array.dtype}, not real numbers")
    return array


def reals(values: ArrayLike) -> NDArray[np.float64]:
    """``values`` as an array of the same numbers in float64.  Raises ValueError for what `numbers` refuses,
    and for numbers that float64 would round: whole ones beyond 2^53, and those of longer types.
    """
    array = numbers(values)
    if not array.size:
        return np.zeros(array.shape)
    floats = array.astype(np.float64)
    if array.dtype.kind in "iu":
        large = floats[np.abs(floats) >= 2.0**53]
        given = array[np.abs(floats) >= 2.0**53]
        bad = [n for n, x in zip(given.tolist(), large.tolist(), strict=True) if int(x) != n]
    else:  # numbers of 64 bits or fewer are exact; not a number is no rounding
        bad = array[(floats != array) & ~np.isnan(array)].tolist() if array.dtype.itemsize > 8 else []
    if bad:
        raise ValueError(f"holds {bad[0]!r} as {array.dtype}, which float64 rounds")
    return floats


def integers(values: ArrayLike) -> NDArray[np.int64]:
    """``values`` as an array of the same whole numbers in int64, whatever type of integers they have.  Raises
    ValueError for what `numbers` refuses, for booleans and floating point, and beyond the range of int64.
    """
    array = numbers(values)
    if not array.size:
        return np.zeros(array.shape, dtype=np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"has the type {array.dtype}")
    highest = np.iinfo(np.int64).max
    if array.dtype.kind == "u" and array.max(initial=0) > highest:
        first = array[array > highest][0]
        raise ValueError(
            f"holds {first}, which is beyond {highest}: a negative difference of unsigned numbers?"
        )
    return array.astype(np.int64, copy=False)


def frozen_array(values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """``values`` as an array that nobody can write to; the caller's own array stays writable and unshared."""
    array = np.asarray(values, dtype=dtype)
    if (
        array.flags.writeable or array.base is not None
    ):  # a read-only view can still be written to through its base
        array = array.copy()
        array.flags.writeable = False
    return array


def same(a: Any, b: Any) -> bool:
    """Whether two field values are equal; arrays by shape and content, with NaN equal to itself."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        floating = np.issubdtype(a.dtype, np.floating) and np.issubdtype(b.dtype, np.floating)
        return bool(np.array_equal(a, b, equal_nan=floating))
    return bool(a == b)
