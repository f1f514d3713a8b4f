"""One pool of runs for all tests of hostile shops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.harness import Case
from tests.hostile.pool import Pool


@pytest.fixture(scope="session")
def pool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Every chosen test's case begins at once; its test looks at what came of it."""
    started = Pool(tmp_path_factory.mktemp("hostile"))
    chosen = [item.callspec.params.get("case") for item in request.session.items if hasattr(item, "callspec")]
    started.begin(case for case in chosen if isinstance(case, Case))
    yield started
    started.close()
