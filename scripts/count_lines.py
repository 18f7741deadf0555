"""Lines of code of each distribution, without blank lines, comments and docstrings.

    python scripts/count_lines.py                      # this checkout
    python scripts/count_lines.py CHECKOUT             # another one, such as a worktree of an older commit
    python scripts/count_lines.py FILE_OR_FOLDER ...   # Python files (and templates of them) below these

A line counts if a token of code lies on it: a statement over five lines counts five, a docstring none.  Tests
are left out.  The template of a backend is counted as it is rendered, with the target's name ``mychip``.
Figures from before and after a change are made by running this script, of the later checkout, on a worktree
of each commit:

    git worktree add ../before main && python scripts/count_lines.py ../before
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
from pathlib import Path

TREES = {
    "core": "delaycore",
    "loihi": "backends/loihi/delaycore_loihi",
    "seneca": "backends/seneca/delaycore_seneca",
    "spinnaker": "plugins/spinnaker/delaycore_spinnaker",
    "truenorth": "plugins/truenorth/delaycore_truenorth",
}
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
_RENDER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from delaycore.template import render
print(json.dumps(render("mychip")))
"""


def count(source: str) -> int:
    """Lines of ``source`` on which a token of code lies; raises SyntaxError for text that is no Python."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        for statement in getattr(node, "body", ()) if not isinstance(node, ast.Lambda | ast.IfExp) else ():
            if _is_docstring(statement):
                lines.difference_update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return len(lines)


def _is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a text by itself: the docstring of what holds it, or of the name before."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, str)


def count_tree(path: Path) -> int:
    """Lines of all Python files of a folder, or of one file."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return sum(count(file.read_text(encoding="utf-8")) for file in files if "tests" not in file.parts)


def count_template(checkout: Path) -> int:
    """Lines of the package, without its tests, that the template of ``checkout`` renders."""
    import json

    done = subprocess.run(
        [sys.executable, "-c", _RENDER, str(checkout)], capture_output=True, text=True, check=True
    )
    files = json.loads(done.stdout)
    return sum(
        count(text) for path, text in files.items() if path.endswith(".py") and not path.startswith("tests/")
    )


def main(paths: list[Path]) -> None:
    """Print a table."""
    if not paths:
        paths = [Path(__file__).resolve().parents[1]]
    for path in paths:
        if (path / "delaycore" / "template").is_dir():
            figures = {name: count_tree(path / folder) for name, folder in TREES.items()}
            figures["template"] = count_template(path)
        else:
            figures = {str(path): count_tree(path)}
        for name, lines in figures.items():
            print(f"{lines:8,}  {name}")


if __name__ == "__main__":
    main([Path(argument).resolve() for argument in sys.argv[1:]])
