"""The pages of commands and settings are those that the code gives."""

from __future__ import annotations

import pytest

from delaycore.cli import app
from scripts import write_reference
from tests.settings.test_all_at_once import FIELDS


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return write_reference.make_pages()


@pytest.mark.parametrize("name", ["commands.md", "settings.md"])
def test_a_page_is_what_the_code_gives(pages: dict[str, str], name: str) -> None:
    written = (write_reference.ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == pages[name], "run python -m scripts.write_reference"


def test_every_command_and_option_is_on_the_page_with_what_it_means(pages: dict[str, str]) -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"## `delaycore {command.name or command.callback.__name__}`" in pages["commands.md"]
    rows = [line for line in pages["commands.md"].splitlines() if line.startswith("| `-")]
    assert len(rows) > 50
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_setting_is_on_the_page_with_what_it_means_and_a_number_with_its_range(
    pages: dict[str, str],
) -> None:
    rows = [line.split(" | ") for line in pages["settings.md"].splitlines() if line.startswith("| `")]
    assert {name for _, _, name, _ in FIELDS} <= {row[0].strip("| `") for row in rows}
    assert [row for row in rows if not row[-1].strip(" |")] == []
    values = [row[2] for row in rows if len(row) == 5 and "number" in row[2]]
    assert [
        value for value in values if not any(word in value for word in ("from", "above", "a table"))
    ] == []
