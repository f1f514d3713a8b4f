from dataclasses import dataclass
@dataclass(frozen=True)
class Problem:
    name: str
PROBLEMS: tuple[Problem, ...] = ()
