"""That nothing an operator or a file names becomes mark-up."""

from app.ui.kit import html

EVIL = '<img src=x onerror="alert(1)">'


def test_words_and_titles_are_escaped():
    """Neither text nor tooltip can open a tag or leave an attribute."""
    written = html.span(EVIL, title=EVIL)
    assert "<img" not in written
    assert 'onerror="' not in written


def test_links_and_names_of_facts_are_escaped():
    """The same holds for labels, addresses and the names of facts."""
    written = html.link(EVIL, f'"{EVIL}') + html.facts([(EVIL, html.span("value"))])
    assert "<img" not in written
    assert 'rel="noopener"' in written


def test_empty_attribute_is_left_out():
    """No tooltip, no attribute."""
    assert html.span("plain") == "<span>plain</span>"


def test_pill_says_its_state_in_words():
    """Colour never stands alone."""
    assert html.pill("Failed", "bad") == '<span class="ac-pill ac-bad">Failed</span>'
