"""What the contracts of `lint-imports` do not say of how the files import each other."""

from __future__ import annotations

import graphlib

import grimp


def test_no_files_import_each_other_in_a_circle() -> None:
    """Imports in functions, and those for types alone, count as well."""
    graph = grimp.build_graph("flowguard", cache_dir=None)
    imported = {
        name: graph.find_modules_directly_imported_by(name) for name in graph.modules
    }

    graphlib.TopologicalSorter(imported).prepare()  # CycleError names the circle
