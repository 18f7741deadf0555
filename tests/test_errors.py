"""Errors name place, trouble and remedy, all at once."""

from importlib import import_module

import pytest

from delaycore import DataError, DelaycoreError, FileError, GraphError, SettingsError, errors
from delaycore.errors import Problem


def test_one_problem_reads_as_a_line():
    error = GraphError.at("projections['a->b'].weight", "holds NaN", "look for a training that diverged")
    assert str(error) == "projections['a->b'].weight: holds NaN. Remedy: look for a training that diverged"
    assert str(DataError.at("spikes", "are missing")) == "spikes: are missing."


def test_several_problems_read_as_a_list():
    error = SettingsError(Problem("a", "is wrong"), Problem("b", "is too", "mend it"))
    assert str(error) == "2 problems\n  - a: is wrong.\n  - b: is too. Remedy: mend it"
    assert [p.place for p in error.problems] == ["a", "b"]


def test_collect_raises_once_for_all_and_not_at_all_for_none():
    GraphError.collect([])
    with pytest.raises(GraphError, match="2 problems"):
        GraphError.collect(Problem(str(i), "is wrong") for i in range(2))


@pytest.mark.parametrize("kind", [GraphError, DataError, FileError, SettingsError])
def test_every_error_can_be_caught_as_one(kind):
    with pytest.raises(DelaycoreError):
        raise kind.at("here", "is wrong")


def test_every_error_stands_in_the_tree_at_the_top_of_the_file():
    def walk(kind):
        for child in kind.__subclasses__():
            yield child
            yield from walk(child)

    for room in ("hardware", "registry", "interop", "conformance", "training"):
        import_module(f"delaycore.{room}")
    ours = [kind.__name__ for kind in walk(DelaycoreError) if kind.__module__.startswith("delaycore.")]
    assert {"DoesNotFit", "ForeignError", "GraphError"} <= set(ours)
    for name in ours:
        assert f"  {name} " in errors.__doc__


def test_an_error_is_text_for_every_file_and_terminal():
    error = DataError(Problem("names['\ud800']", "is no text", "use \udcff no more"))
    assert str(error) == r"names['\ud800']: is no text. Remedy: use \udcff no more"
