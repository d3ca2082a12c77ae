"""Submissions: what is written comes back, nothing is executed, and posting survives a bad server."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.metrics.submission import answers, write_submissions
from lookalike.retrieval.ranking import Ranking
from lookalike.tools.submit.post import submit
from lookalike.tools.submit.read import read_submission

IMAGES = {"1.jpg": ["b.jpg", "a.jpg"], 'quo"te é.jpg': ["a.jpg"], "none.jpg": []}
FORMATS = ["submission.json", "list.json", "data.py", "retrieval.py"]


def small(score: list[list[float]]) -> Ranking:
    order = np.tile(np.arange(len(score[0]), dtype=np.int32), (len(score), 1))
    query = np.array([f"test/query/{i}.jpg" for i in range(len(score))], dtype=object)
    gallery = np.array([f"test/gallery/{i}.jpg" for i in range(len(score[0]))], dtype=object)
    return Ranking(query, gallery, order, np.array(score, dtype=np.float32))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_back(name: str, tmp_path: Path) -> None:
    write_submissions(tmp_path, "we", IMAGES)
    assert read_submission(tmp_path / name) == IMAGES


def test_formats_are_the_published_ones(tmp_path: Path) -> None:
    write_submissions(tmp_path, "we", {"1.jpg": ["a.jpg"]})
    assert json.loads((tmp_path / "submission.json").read_text()) == {"groupname": "we", "images": {"1.jpg": ["a.jpg"]}}
    assert json.loads((tmp_path / "list.json").read_text()) == [{"filename": "1.jpg", "gallery_images": ["a.jpg"]}]
    names: dict[str, object] = {}
    for file in ("data.py", "retrieval.py"):
        exec((tmp_path / file).read_text(), {}, names)
    assert names == {"data": {"1.jpg": ["a.jpg"]}, "groupname": "we", "retrieval": {"1.jpg": ["a.jpg"]}}


def test_a_python_file_is_parsed_and_never_run(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    evil = tmp_path / "evil.py"
    evil.write_text(f"import pathlib\npathlib.Path({str(witness)!r}).touch()\ndata = {{'q': ['a']}}\n")
    assert read_submission(evil) == {"q": ["a"]}
    evil.write_text(f"data = __import__('pathlib').Path({str(witness)!r}).touch()\n")
    with pytest.raises(LookalikeError, match="not a submission"):
        read_submission(evil)
    assert not witness.exists()


@pytest.mark.parametrize("text", ["[1, 2]", '{"images": {"q": "a"}}', "{", '"text"', '[{"filename": 3}]'])
def test_what_is_no_submission_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(LookalikeError, match=r"x\.json: not a submission"):
        read_submission(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"q": ["a"], "q": ["b"]}'),
        ("b.json", '[{"filename": "q", "gallery_images": ["a"]}, {"filename": "q", "gallery_images": ["b"]}]'),
        ("c.py", "data = {'q': ['a'], 'q': ['b']}"),
    ],
)
def test_a_query_that_is_answered_twice_is_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LookalikeError, match="'q' stands twice"):
        read_submission(tmp_path / name)


@pytest.mark.parametrize("name", ["deep.json", "deep.py"])
def test_a_file_nested_without_end_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(("data = " if name.endswith("py") else "") + "[" * 100_000)
    with pytest.raises(LookalikeError, match="not a submission"):
        read_submission(tmp_path / name)


def test_an_annotated_assignment_counts(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text("x: int\ndata: dict = {'q': ['a']}\n")
    assert read_submission(tmp_path / "data.py") == {"q": ["a"]}


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="no such file"):
        read_submission(tmp_path / "x.json")


def test_a_query_without_an_answer_gets_an_empty_list() -> None:
    queries = ["test/query/0.jpg", "test/query/zz.jpg"]
    assert answers(small([[0.9, 0.8]]), queries, 10) == {"0.jpg": ["0.jpg", "1.jpg"], "zz.jpg": []}


def test_a_list_ends_before_the_drop() -> None:
    ranking = small([[0.9, 0.89, 0.5, 0.49], [0.9, 0.89, 0.88, 0.87]])
    found = answers(ranking, list(ranking.query_id), 4, drop=0.05)
    assert [len(images) for images in found.values()] == [2, 4]


def test_file_names_that_clash_keep_their_folders() -> None:
    queries = ["test/query/0.jpg", "test/query/sub/0.jpg"]
    assert set(answers(small([[0.9]]), queries, 1)) == set(queries)


class Server(BaseHTTPRequestHandler):
    """Answers with the statuses queued, then 200; remembers what it was sent."""

    queue: list[int]
    received: list[dict[str, object]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).received.append(body)
        status = type(self).queue.pop(0) if type(self).queue else 200
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b'{"accuracy": 973.9}' if status == 200 else b"no")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("lookalike.tools.submit.post.BACKOFF_SECONDS", 0.0)
    Server.queue, Server.received = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_posts_what_the_server_expects(server: str) -> None:
    assert submit(server, "we", IMAGES) == {"accuracy": 973.9}
    assert Server.received == [{"groupname": "we", "images": IMAGES}]


def test_tries_again_while_the_server_is_busy(server: str) -> None:
    Server.queue = [503, 429]
    assert submit(server, "we", IMAGES, attempts=3) == {"accuracy": 973.9}
    assert len(Server.received) == 3


def test_gives_up_after_its_attempts(server: str) -> None:
    Server.queue = [503] * 5
    with pytest.raises(LookalikeError, match="after 2 attempts"):
        submit(server, "we", IMAGES, attempts=2)


def test_does_not_repeat_what_was_refused(server: str) -> None:
    Server.queue = [400]
    with pytest.raises(LookalikeError, match="refused.*400"):
        submit(server, "we", IMAGES)
    assert len(Server.received) == 1


@contextmanager
def sending(parts: Iterable[bytes], pause: float) -> Iterator[str]:
    """A server that sends parts of its own, one after another, to each client."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    with client, contextlib.suppress(OSError):
                        client.recv(1 << 16)
                        for part in parts:
                            client.sendall(part)
                            time.sleep(pause)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n"


@pytest.mark.parametrize("drops", [[HEAD, *[b" "] * 100], [b"H", b"T", *[b"T"] * 100]], ids=["body", "head"])
def test_a_reply_that_comes_drop_by_drop_ends_with_the_time_for_it(drops: list[bytes]) -> None:
    with sending(drops, 0.2) as url:
        start = time.monotonic()
        with pytest.raises(LookalikeError, match="no whole reply within 1 s"):
            submit(url, "we", IMAGES, timeout=1, attempts=1)
        assert time.monotonic() - start < 5


def test_a_reply_without_end_is_cut_off() -> None:
    with sending([HEAD, *[bytes(100_000)] * 300], 0) as url, pytest.raises(LookalikeError, match="larger than 1 MB"):
        submit(url, "we", IMAGES, timeout=20, attempts=2)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "no-scheme", "http://[::"])
def test_an_address_that_cannot_be_reached(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.tools.submit.post.BACKOFF_SECONDS", 0.0)
    with pytest.raises(LookalikeError, match="no answer"):
        submit(url, "we", IMAGES, timeout=1, attempts=2)
