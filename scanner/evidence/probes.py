"""Answers to the paths that checks declare: asked first, then doubted.

Presence is proven by content, never by a status. Each answer that proves something gets *controls*: made-up neighbours in the
same directory with the same extension. If a control proves it too, or the answer looks like a control's, it is a soft-404 and
proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from scanner.evidence.answer import Answer
from scanner.evidence.entrances import nothing_looked_for
from scanner.evidence.unavailable import Unavailable

FURTHER = "Found by looking further: "
"""Begins what is shown of a finding that the long list led to."""
CONCERNS = ("doors", "admin", "names")
"""What probes are about, in the order in which they are asked; each has a share of the request budget."""
Proof = Callable[[Answer], "str | None"]
"""What in this answer proves that the thing is there, as a person would be shown it; None where nothing does. Pure."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One path to ask for and what proves a presence there.

    path: relative to each installation (``/readme.html``), or ``//server-status`` only at the host's root.
    concern: one of CONCERNS, whose share of the request budget pays for it.
    part: how many of the first bytes are wanted at most (a Range request); 0 for a page.
    follow: how many redirects on the shop's own names may be followed.
    plain: whether what is proven over https is asked for over http as well.
    """

    path: str
    proof: Proof
    concern: str = "names"
    part: int = 0
    follow: int = 0
    plain: bool = False

    def __post_init__(self) -> None:
        if self.concern not in CONCERNS:
            raise ValueError(f"the probe {self.path} has the concern {self.concern!r}; there are {', '.join(CONCERNS)}")


@dataclass(frozen=True, slots=True)
class Probed:
    """One asked path, as its check sees it.

    place: its path on the host. answer: the last one where redirects were followed. controls: the answers of the made-up
    neighbours, asked only where something was proven. soft404: why the answer is no better than theirs, or "".
    plain: what the same place answers over http, where a probe asked for that and something was proven over https.
    further: whether the long list led here: then what could not be asked leaves no doubt about the rest.
    proof: the declared proofs, put back by the runner; never recorded.
    """

    place: str
    answer: Answer | Unavailable
    controls: tuple[Answer | Unavailable, ...] = ()
    soft404: str = ""
    plain: Answer | Unavailable | None = None
    further: bool = False
    proof: tuple[Proof, ...] = field(default=(), compare=False, repr=False)

    @property
    def claims(self) -> str | None:
        """What the answer alone seems to prove, before any doubt."""
        return None if isinstance(self.answer, Unavailable) else self.proves(self.answer)

    def proves(self, answer: Answer) -> str | None:
        """What some answer proves by this place's proofs."""
        return next((shown for proof in self.proof if (shown := proof(answer)) is not None), None)

    @property
    def proven(self) -> str | None:
        """What is proven after the doubt: shown to a person; None where nothing is."""
        if self.soft404 or self.doubt or isinstance(self.answer, Unavailable):
            return None
        for proof in self.proof:
            shown = proof(self.answer)
            if shown is not None and not any(
                isinstance(control, Answer) and proof(control) is not None for control in self.controls
            ):
                return FURTHER + shown if self.further else shown
        return None

    @property
    def settled(self) -> bool:
        """Whether the answer tells what is there, or that the server keeps it to itself."""
        return isinstance(self.answer, Answer) and (self.answer.examined or self.answer.status == 403) and self.doubt is None

    @property
    def proven_beside(self) -> bool:
        """Whether some made-up neighbour proves all that this place does."""
        proving = [proof for proof in self.proof if isinstance(self.answer, Answer) and proof(self.answer) is not None]
        answers = [control for control in self.controls if isinstance(control, Answer)]
        return bool(proving) and all(any(proof(control) is not None for control in answers) for proof in proving)

    @property
    def doubt(self) -> str | None:
        """Why a claim tells nothing: its neighbours could not be asked, or prove the same. Then the place was not examined: who
        answers our made-up addresses could otherwise talk a true finding away."""
        if self.claims is None:
            return None
        if self.soft404:
            return f"{self.place} could not be judged. {self.soft404}"
        if not isinstance(self.answer, Unavailable) and self.proven_beside:
            return f"{self.place} could not be judged. A made-up address beside it proves the same."
        return next((control.because for control in self.controls if isinstance(control, Unavailable)), None)

    @property
    def address(self) -> str:
        """The address that answered; the place where nothing did."""
        return self.answer.address if isinstance(self.answer, Answer) else self.place

    @property
    def plain_address(self) -> str:
        """The address that answered over http."""
        return self.plain.address if isinstance(self.plain, Answer) else self.place


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before probing; all a path-choosing function may use.

    host: without a port. year: of the scan. base: the shop's base path, with slashes at both ends.
    platforms: (directory, platform key) pairs, the shop's own first. directories: seen in the pages' assets.
    disallowed: paths that robots.txt names. scripts: paths of the shop's own scripts. again: (rule, place) of open findings.
    listed: paths of files that the server's own lists name, as addresses are written.
    hosted: the name of the hosted platform whose server the shop runs on; empty where its owner has files and settings there.
    """

    host: str
    year: int
    base: str = "/"
    platforms: tuple[tuple[str, str], ...] = ()
    directories: tuple[str, ...] = ()
    disallowed: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    again: tuple[tuple[str, str], ...] = ()
    listed: tuple[str, ...] = ()
    hosted: str = ""

    def places(self, path: str) -> tuple[str, ...]:
        """The places on the host that a declared path stands for: ``//x`` once at the root, ``/x`` in each installation."""
        if path.startswith("//"):
            return (path[1:],)
        folders = dict.fromkeys((self.base, *(directory for directory, _ in self.platforms)))
        return tuple(folder.rstrip("/") + path for folder in folders)


@dataclass(frozen=True, slots=True)
class Probes:
    """All answers. A check is handed only the paths that it declared.

    skipped: places that no budget was left for. origin: scheme and host that was asked (``https://shop.example``). apart: the
    shop's other origins that have pages of their own, where nothing was asked. tail_asked, tail_of: how far the scans have come
    in the long list of this round, and how long it is; 0 where it was not asked for.
    """

    asked: tuple[Probed, ...]
    known: Known
    origin: str
    gathered_at: datetime
    skipped: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    tail_asked: int = 0
    tail_of: int = 0

    def __getitem__(self, place: str) -> Probed:
        """What was asked at a place. Raises KeyError."""
        for probed in self.asked:
            if probed.place == place:
                return probed
        raise KeyError(place)

    @property
    def defect(self) -> bool:
        """Whether some place could not be judged for a defect of our own."""
        return any(isinstance(probed.answer, Unavailable) and probed.answer.defect for probed in self.asked)

    @property
    def hits(self) -> tuple[tuple[Probed, str], ...]:
        """What is proven, with what a person is shown."""
        return tuple((probed, shown) for probed in self.asked if (shown := probed.proven) is not None)

    @property
    def led_to_proven(self) -> frozenset[str]:
        """The doubted places that lead to a page which another place proves: a real administration may send whatever is asked
        below it to its login, made-up addresses too. They hide nothing that is not found there."""
        proven = {_page(probed.address) for probed, _ in self.hits}
        return frozenset(
            probed.place
            for probed in self.asked
            if probed.doubt and isinstance(probed.answer, Answer) and _page(probed.address) in proven
        )

    @property
    def examined(self) -> tuple[str, ...]:
        """The places whose answers tell what is there."""
        led = self.led_to_proven
        return tuple(
            probed.place
            for probed in self.asked
            if isinstance(probed.answer, Answer) and probed.answer.examined and (probed.doubt is None or probed.place in led)
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """Why places could not be looked at. A plain 403 is only that place not examined, and no reason for doubt about the
        rest, as long as some place of the rule was examined."""
        led = self.led_to_proven
        core = [probed for probed in self.asked if not probed.further and probed.place not in led]
        reasons = [probed.answer.because for probed in core if isinstance(probed.answer, Unavailable)]
        reasons += [doubt for probed in core if (doubt := probed.doubt) is not None]
        reasons += [
            f"The server answered {probed.answer.status} to {probed.place}."
            for probed in core
            if isinstance(probed.answer, Answer)
            and not probed.answer.examined
            and (probed.answer.status != 403 or not self.examined)
        ]
        if self.skipped:
            reasons.append(f"No requests were left for {len(self.skipped)} addresses.")
        return (*reasons, *nothing_looked_for(self.apart))


def _page(address: str) -> str:
    """An address without what a redirect adds to tell where somebody came from."""
    return address.partition("#")[0].partition("?")[0]
