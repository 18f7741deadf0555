"""Views of what a run measured: rows, a table, plots."""
