"""That the theme is complete and nothing in it comes from outside."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
UI = ROOT / "app" / "ui"


def luminance(colour):
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    """Contrast ratio of two colours."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_both_themes_say_the_same():
    """A colour that is set for light is set for dark."""
    light, dark = CONFIG["theme"]["light"], CONFIG["theme"]["dark"]
    assert set(light) == set(dark)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme):
    """Text on both surfaces, and coloured text on its own ground, reaches 4.5 to 1."""
    colours = CONFIG["theme"][theme]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(colours["textColor"], colours[ground]) >= 4.5
    for name in ("red", "orange", "yellow", "blue", "green", "gray"):
        pair = colours[f"{name}TextColor"], colours[f"{name}BackgroundColor"]
        assert contrast(*pair) >= 4.5, name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_own_styles_can_be_read(theme):
    """Muted text and the text of each pill reach 4.5 to 1 on their grounds."""
    styles = (UI / "kit/theme.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--ac-([a-z-]+): light-dark\((#\w{6}, #\w{6})\)", styles))
    pick = {name: both.split(", ")[theme == "dark"] for name, both in found.items()}
    assert contrast(pick["mute"], pick["page"]) >= 4.5
    for tone in ("ok", "busy", "warn", "bad", "idle", "accent"):
        assert contrast(pick[f"{tone}-text"], pick[f"{tone}-soft"]) >= 4.5, tone


def test_typefaces_are_shipped_with_their_licence():
    """Every typeface the theme names lies in the console's own folder."""
    for face in CONFIG["theme"]["fontFaces"]:
        assert face["url"].startswith("app/static/")
        assert (ROOT / face["url"]).is_file()
    assert "SIL Open Font License" in (ROOT / "app/static/INTER-LICENSE.txt").read_text("utf-8")


def test_nothing_is_fetched_from_outside():
    """No address of another host in styles, scripts, drawings or theme."""
    files = [*UI.rglob("*.css"), *UI.rglob("*.js"), *UI.rglob("*.html")]
    files += [*(ROOT / "app/static").glob("*.svg"), ROOT / ".streamlit/config.toml"]
    for file in files:
        found = re.findall(r"https?://[^\s\"')]+", file.read_text(encoding="utf-8"))
        assert [each for each in found if "www.w3.org" not in each] == [], file
