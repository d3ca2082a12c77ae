import pytest
from rich.console import Console

from lookalike.kit.tables import Strong, Table, as_markdown, columns, write_terminal


def test_markdown_keeps_words_words() -> None:
    table = Table("A *title*", columns("name", ">figure"), [("a|b<img>\n@you #1", "1")], "a note_")
    assert as_markdown(table).splitlines() == [
        r"**A \*title\***",
        "",
        "| name | figure |",
        "|---|--:|",
        r"| a\|b&lt;img&gt; &#64;you &#35;1 | 1 |",
        "",
        r"a note\_",
    ]


def test_markdown_of_an_empty_table_is_its_title() -> None:
    assert as_markdown(Table("Nothing", columns("name"), [])) == "**Nothing**"


def test_the_terminal_shows_markup_as_it_is() -> None:
    console = Console(width=60, record=True, highlight=False)
    with console.capture() as capture:
        write_terminal(Table("Title", columns("name", ">figure"), [("[red]x", "12")], "note"), console)
    assert [line.strip() for line in capture.get().splitlines()] == [
        "Title",
        "name    figure",
        "[red]x      12",
        "note",
        "",
    ]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("effnet_lite0", "effnet_lite0"),
        ("_private", r"\_private"),
        ("trailing_", r"trailing\_"),
        ("a__b", r"a\_\_b"),
        ("(_x", r"(\_x"),
        ("é_ü", "é_ü"),
    ],
)
def test_an_underscore_is_escaped_where_it_could_start_or_end_emphasis(word: str, written: str) -> None:
    assert as_markdown(Table(word, (), ())) == f"**{written}**"


def test_a_table_without_a_title_starts_with_its_header_and_a_strong_word_is_bold() -> None:
    table = Table("", columns("system", "verdict"), [("a", Strong("fa|il"))])
    assert as_markdown(table).splitlines() == ["| system | verdict |", "|---|---|", r"| a | **fa\|il** |"]
    console = Console(width=60, highlight=False, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        write_terminal(table, console)
    header, row = capture.get().splitlines()[:2]
    assert "system" in header
    assert "\x1b[1mfa|il" in row
