from collections.abc import Iterator

import pytest
from rich.console import Console
from rich.progress import Progress

from lookalike.kit import progress
from lookalike.kit.progress import track


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """A console that takes itself for a terminal and keeps what was shown."""
    console = Console(force_terminal=True, width=100, record=True, stderr=True, color_system=None)
    monkeypatch.setattr(progress, "Console", lambda stderr: console)
    yield console


def test_items_pass_unchanged() -> None:
    assert list(track(range(5), "counting")) == [0, 1, 2, 3, 4]
    assert list(track((letter for letter in "abc"), "spelling", total=3)) == ["a", "b", "c"]


def test_piped_output_stays_empty(capsys: pytest.CaptureFixture[str]) -> None:
    list(track(range(5), "counting"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.strip() == ""


def test_terminal_shows_name_count_and_rate(terminal: Console) -> None:
    list(track(range(7), "counting sheep"))
    shown = terminal.export_text()
    assert "counting sheep" in shown
    assert "7/7" in shown
    assert "/s" in shown


def test_nothing_is_consumed_ahead() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(3):
            taken.append(number)
            yield number

    stream = track(source(), "lazily", total=3)
    assert next(stream) == 0
    assert taken == [0]
    assert list(stream) == [1, 2]


def test_rate_is_items_over_seconds_and_blank_before_the_first() -> None:
    clock = {"now": 0.0}
    bar = Progress(get_time=lambda: clock["now"])
    number = bar.add_task("waiting", total=10)
    rate = progress._Rate()
    assert rate.render(bar.tasks[0]).plain == ""
    clock["now"] = 4.0
    bar.update(number, completed=6)
    assert rate.render(bar.tasks[0]).plain == "1.5/s"
