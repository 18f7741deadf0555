"""What a room promises in its `__all__` can be imported, and is there once."""

import pkgutil
from importlib import import_module

import pytest

import delaycore

ROOMS = ["delaycore"] + [
    f"delaycore.{module.name}"
    for module in pkgutil.iter_modules(delaycore.__path__)
    if not module.name.startswith("_")
]


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_room_can_be_imported(room):
    module = import_module(room)
    names = getattr(module, "__all__", [])
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(module, name) is not None, name
