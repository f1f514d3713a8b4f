"""The parts of a page's source that browsers set aside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.gatherers.crawl.inert import Source, sorted_out
from tests.patience import cpu


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("", Source("")),
        ("<p>a</p>", Source("<p>a</p>")),
        ("a<template>b</template>c", Source("ac", "", "b")),
        ("a<TEMPLATE id='<x>'>b</Template >c", Source("ac", "", "b")),
        ("a<template><p>b<div></template>c", Source("ac", "", "<p>b<div>")),
        ("a<template>b<template>c</template>d</template>e", Source("ae", "", "bcd")),
        ("a</template>b<template>c", Source("a</template>b", "", "c")),
        ('<template shadowrootmode="open">a</template>', Source("a")),
        ("<template data-shadowrootmode='open'>a</template>", Source("", "", "a")),
        ("<template><template shadowrootmode=open>a</template></template>b", Source("b", "", "a")),
        ("<noscript><p>a</noscript>b", Source("<noscript></noscript>b", "<p>a")),
        ("<noscript><!-- </noscript>b -->", Source("<noscript></noscript>b -->", "<!-- ")),
        ("<noscript>a</noscripted>b", Source("<noscript>", "a</noscripted>b")),
        ("<template><noscript>a</noscript></template>b", Source("b", "", "<noscript></noscript>")),
        ("<!-- <template> -->a<!--><noscript>b", Source("<!-- <template> -->a<!--><noscript>", "b")),
        ("<script>'<template>'</script>a", Source("<script>'<template>'</script>a")),
        ("<textarea><noscript>a</textarea><b>", Source("<textarea><noscript>a</textarea><b>")),
        ("<p title='<template>'>a", Source("<p title='<template>'>a")),
        ("<p don't><template>a</template>'b", Source("<p don't>'b", "", "a")),
        ("<plaintext><template>a", Source("<plaintext><template>a")),
        ("1 < 2 <template>a</template>b", Source("1 < 2 b", "", "a")),
        ("<template", Source("<template")),
    ],
)
def test_each_part_goes_where_browsers_put_it(text: str, source: Source) -> None:
    assert sorted_out(text) == source


@given(
    st.lists(
        st.sampled_from(["<", ">", "</", "template", "noscript", "script", "<!--", "-->", "'", '"', "=", " ", "/", "a"]),
        max_size=80,
    ).map("".join)
)
def test_nothing_is_made_up(text: str) -> None:
    source = sorted_out(text)
    assert len(source.shown) + len(source.unscripted) + len(source.templates) <= len(text)


@pytest.mark.parametrize(
    "piece",
    [
        "<template>",
        "<template shadowrootmode=open>",
        "</template>",
        "<noscript>",
        "<a <a ",
        '<a x=">',
        "<a x=\"'",
        "<!--",
        "<!",
        "</",
        "<script><!--",
        "<a b='",
    ],
)
def test_hostile_sources_take_bounded_time(piece: str) -> None:
    with cpu(10):
        sorted_out(("<template>" + piece * 200_000)[:2_000_000])
        sorted_out((piece * 200_000)[:1_900_000] + '<noscript x=">')
