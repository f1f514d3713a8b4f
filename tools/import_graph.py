"""The import graph as it is: rooms, arrows between them, circles. ``python -m tools.import_graph [FOLDER]`` draws any copy of it.

A *room* is a folder of modules; a module that lies directly in one of the packages is a room of its own. An *arrow* says that
something in one room imports something in the other, functions' own imports and those for types included. A *circle* is a set of
which each leads to each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from textwrap import wrap

import grimp

ROOT = Path(__file__).parent.parent
LINE = 130

Arrows = Mapping[str, frozenset[str]]
"""Each node → the nodes that it imports."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One way to look at the graph: by packages, by rooms or by modules."""

    arrows: Arrows
    modules: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many arrows there are."""
        return sum(map(len, self.arrows.values()))

    @property
    def circles(self) -> list[list[str]]:
        """Each circle's members, the largest first."""
        return sorted((sorted(ring) for ring in _rings(self.arrows) if len(ring) > 1), key=lambda ring: (-len(ring), ring))

    @property
    def floors(self) -> list[list[str]]:
        """The nodes from the ground up: each stands on those below it. A circle stands on one floor."""
        ring_of = {node: ring for ring in _rings(self.arrows) for node in ring}
        above = {ring: {ring_of[to] for node in ring for to in self.arrows[node]} - {ring} for ring in set(ring_of.values())}
        height: dict[frozenset[str], int] = {}
        for ring in TopologicalSorter(above).static_order():
            height[ring] = 1 + max((height[below] for below in above[ring]), default=-1)
        floors: list[list[str]] = [[] for _ in range(max(height.values(), default=-1) + 1)]
        for node in sorted(self.arrows):
            floors[height[ring_of[node]]].append(node)
        return floors


def read(folder: Path) -> grimp.ImportGraph:
    """The graph of the packages that the folder's ``.importlinter`` names. Raises FileNotFoundError."""
    settings = ConfigParser()
    with (folder / ".importlinter").open(encoding="utf-8") as file:
        settings.read_file(file)
    packages = [name for name in settings["importlinter"]["root_packages"].split() if (folder / name).is_dir()]
    loaded = {name: sys.modules.pop(name) for name in packages if name in sys.modules}  # perhaps another copy's
    sys.path.insert(0, str(folder))
    try:
        return grimp.build_graph(*packages, cache_dir=None)
    finally:
        sys.path.remove(str(folder))
        sys.modules.update(loaded)


def by_package(graph: grimp.ImportGraph) -> Drawing:
    """The packages that lie in the folder."""
    return _drawn(graph, {module: module.partition(".")[0] for module in graph.modules})


def by_room(graph: grimp.ImportGraph) -> Drawing:
    """The rooms."""
    folders = {module for module in graph.modules if graph.find_children(module)}
    return _drawn(graph, {module: _room(module, folders) for module in graph.modules})


def by_module(graph: grimp.ImportGraph) -> Drawing:
    """The modules. A package's own ``__init__`` is one too."""
    return _drawn(graph, {module: module for module in graph.modules})


def drawn(graph: grimp.ImportGraph) -> Iterator[str]:
    """What is printed: the rooms from the top, then the figures."""
    rooms = by_room(graph)
    width = max(map(len, rooms.arrows))
    for number, floor in reversed(list(enumerate(rooms.floors))):
        for place, room in enumerate(floor):
            floor_name = f"{number:>2}" if not place else "  "
            head = f"{floor_name}  {room:<{width}}  {rooms.modules[room]:>3}  → "
            yield from wrap(
                ", ".join(sorted(rooms.arrows[room])) or "–", LINE, initial_indent=head, subsequent_indent=" " * len(head)
            )
    yield ""
    yield "            number  arrows  circles"
    circles = []
    for called, drawing in (("packages", by_package(graph)), ("rooms", rooms), ("modules", by_module(graph))):
        yield f"{called:<10}  {len(drawing.arrows):>6}  {drawing.count:>6}  {len(drawing.circles):>7}"
        circles += [f"{called}: {', '.join(ring)}" for ring in drawing.circles]
    yield from ("", "Circles:" if circles else "No circle.", *circles)


def _room(module: str, folders: Iterable[str]) -> str:
    if module in folders or module.count(".") < 2:
        return module
    return module.rpartition(".")[0]


def _drawn(graph: grimp.ImportGraph, node_of: Mapping[str, str]) -> Drawing:
    arrows: dict[str, set[str]] = {node: set() for node in node_of.values()}
    modules = dict.fromkeys(arrows, 0)
    for module, node in node_of.items():
        modules[node] += 1
        arrows[node] |= {node_of[to] for to in graph.find_modules_directly_imported_by(module)} - {node}
    return Drawing({node: frozenset(to) for node, to in arrows.items()}, modules)


def _rings(arrows: Arrows) -> list[frozenset[str]]:
    """The strongly connected components (Tarjan 1972), without recursion."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    rings: list[frozenset[str]] = []
    for start in sorted(arrows):
        if start in number:
            continue
        path: list[tuple[str, Iterator[str]]] = []
        node: str | None = start
        while node is not None or path:
            if node is not None:
                number[node] = low[node] = len(number)
                open_.append(node)
                path.append((node, iter(sorted(arrows[node]))))
                node = None
            here, rest = path[-1]
            for to in rest:
                if to not in number:
                    node = to
                    break
                if to in open_:
                    low[here] = min(low[here], number[to])
            if node is not None:
                continue
            path.pop()
            if path:
                low[path[-1][0]] = min(low[path[-1][0]], low[here])
            if low[here] == number[here]:
                cut = open_.index(here)
                rings.append(frozenset(open_[cut:]))
                del open_[cut:]
    return rings


def main() -> None:
    """Print the graph."""
    parser = argparse.ArgumentParser(prog="python -m tools.import_graph", description="Rooms, arrows and circles.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT, help="a copy of the tree; this one unless given")
    folder = parser.parse_args().folder.resolve()
    try:
        graph = read(folder)
    except FileNotFoundError as error:
        parser.error(f"{error.filename} is missing; give the folder that holds it")
    print(*drawn(graph), sep="\n")


if __name__ == "__main__":
    main()
