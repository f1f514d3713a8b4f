"""A kind of import contract that import-linter has not: what a package may reach is listed, everything else is refused."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

MOST_CHAINS = 20


class OnlyContract(Contract):
    """What the packages ``source_modules`` reach, directly and through others, is among ``allowed_modules`` or in themselves.

    A ban forgets what nobody thought of; this lists what is allowed. ``name`` allows one module, ``name.**`` also all below it.
    """

    type_name = "only"
    source_modules = fields.SetField(subfield=fields.StringField())
    allowed_modules = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  (import-linter's signature)
        """Find a chain of imports to each module that is not allowed. Raises ValueError where a name is no module."""
        sources, allowed = self._names("source_modules"), self._names("allowed_modules")
        if unknown := sorted(name for name in sources if name not in graph.modules):
            raise ValueError(f"no such modules: {', '.join(unknown)}")
        inside = {module for name in sources for module in (name, *graph.find_descendants(name))}
        reached = set[str]().union(*(graph.find_upstream_modules(module) for module in inside))
        refused = sorted(module for module in reached - inside if not _allowed(module, allowed))
        chains = []
        for module in refused:
            found = (graph.find_shortest_chain(importer=source, imported=module) for source in sorted(inside))
            chains.append(min((chain for chain in found if chain), key=lambda chain: (len(chain), chain)))
        return ContractCheck(kept=not chains, metadata={"chains": sorted(chains, key=lambda chain: (len(chain), chain))})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the chains, one a module that was reached, the shortest first."""
        chains: list[tuple[str, ...]] = check.metadata["chains"]
        for chain in chains[:MOST_CHAINS]:
            output.print_error(f"- {' -> '.join(chain)}", bold=False)
        if len(chains) > MOST_CHAINS:
            output.print_error(f"- and {len(chains) - MOST_CHAINS} more", bold=False)

    def _names(self, field: str) -> frozenset[str]:
        return frozenset(getattr(self, field))


def _allowed(module: str, names: frozenset[str]) -> bool:
    """Whether one of the names is this module, or a package with all that lies in it."""
    parts = module.split(".")
    return module in names or any(f"{'.'.join(parts[:end])}.**" in names for end in range(1, len(parts) + 1))
