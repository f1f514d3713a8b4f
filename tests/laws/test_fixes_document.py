"""Every fix that an article prints without a warning was proven as it reads today, and the table says so."""

from __future__ import annotations

from dataclasses import replace

from scanner.rules.article_laws import TRIED
from scanner.rules.articles import parse_article
from tools.fix_table import COLUMNS, DOCS, Entry, Proof, blocks, catalogue, recorded, table, unsettled

AGAIN = "SHOPWARDEN_RECORD_FIXES=1 pytest tests/servers/test_fixes.py"
ARTICLE = """# A problem
When it is good: it is gone.
## Why it matters
It does.
## How to fix it
### Apache (.htaccess)
```apache
Options -Indexes
```
### nginx
```nginx
autoindex off;
```
```nginx unproven needs a second server
location / { return 404; }
```
### Caddy
Remove the word `browse`.
### IIS
```xml unproven IIS runs on Windows only
<remove />
```
### Hosting panel
Click.
## How to verify
Scan again.
## Ask your host
Hello
## References
- none
"""


def test_the_table_is_fresh() -> None:
    assert (DOCS / "fixes.md").read_text() == table(catalogue().articles, recorded()), f"docs/fixes.md is stale: {AGAIN}"


def test_every_block_is_proven_or_marked() -> None:
    assert unsettled(catalogue().articles, recorded()) == [], f"changed or new since they were tried: {AGAIN}"


def test_the_table_has_a_column_for_each_heading_whose_blocks_are_tried() -> None:
    assert set(COLUMNS) == TRIED


def test_the_fix_pack_holds_proven_fixes_of_real_rules() -> None:
    first = {(entry.rule, entry.where): entry for entry in reversed(blocks())}
    leaders = {rule.fix_group for rule in catalogue().rules.values() if rule.fix_group}
    assert len(leaders) > 20
    for rule in leaders:
        entries = [first[rule, where] for where in ("Apache (.htaccess)", "nginx") if (rule, where) in first]
        assert any(entry.block.proven for entry in entries), f"{rule} has no proven block to apply"


def test_no_proof_of_something_that_is_gone() -> None:
    assert set(recorded()) <= {entry.id for entry in blocks()}


def proofs_of(*proofs: Proof) -> dict[str, dict[str, str]]:
    return {proof.entry.id: {"digest": proof.entry.digest, "server": proof.server} for proof in proofs}


def test_what_the_table_says() -> None:
    articles = {"a-problem": parse_article("a-problem", ARTICLE, "a-problem.md")}
    apache, nginx, _marked, _iis = blocks(articles)
    proofs = proofs_of(Proof(apache, "Apache 2.4.71"), Proof(nginx, "nginx 1.22.1"))
    text = table(articles, proofs)
    assert "4 blocks to paste: 2 proven, 0 failed, 2 unproven" in text
    assert "| rule | Apache (.htaccess) | nginx | Caddy | IIS |" in text
    assert "| `a-problem` | proven (2.4.71) | 1 of 2 proven (1.22.1) | in words | unproven |" in text
    assert "- IIS runs on Windows only: `a-problem` (IIS)." in text
    assert "- needs a second server: `a-problem` (nginx)." in text


def test_a_changed_block_is_no_longer_proven() -> None:
    articles = {"a-problem": parse_article("a-problem", ARTICLE, "a-problem.md")}
    apache, nginx, *_ = blocks(articles)
    changed = Entry(apache.rule, apache.where, apache.number, replace(apache.block, text="Options +Indexes\n"))
    proofs = proofs_of(Proof(changed, "Apache 2.4.71"), Proof(nginx, "nginx 1.22.1"))
    assert unsettled(articles, proofs) == [apache.id]
    assert "| `a-problem` | not tried yet |" in table(articles, proofs)
    assert "1 not tried yet" in table(articles, proofs)


def test_a_failed_block_is_counted_and_not_proven() -> None:
    articles = {"a-problem": parse_article("a-problem", ARTICLE, "a-problem.md")}
    apache, nginx, *_ = blocks(articles)
    proofs = proofs_of(Proof(apache, ""), Proof(nginx, "nginx 1.22.1"))
    assert "4 blocks to paste: 1 proven, 1 failed, 2 unproven" in table(articles, proofs)
    assert unsettled(articles, proofs) == [apache.id]


def test_a_block_marked_unproven_is_never_called_proven() -> None:
    articles = {"a-problem": parse_article("a-problem", ARTICLE, "a-problem.md")}
    marked = blocks(articles)[2]
    assert "1 of 2 proven" not in table(articles, proofs_of(Proof(marked, "nginx 1.22.1")))
