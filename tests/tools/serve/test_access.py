"""Who is let in."""

import pytest
from fastapi.testclient import TestClient

from lookalike.tools.serve.access import is_loopback
from lookalike.tools.serve.app import build_app

HERE = "127.0.0.1:8000"


def status(searcher, headers: dict[str, str], path: str = "/api/about", host: str = "127.0.0.1") -> int:
    client = TestClient(build_app(searcher, host), base_url="http://127.0.0.1:8000")
    return client.get(path, headers=headers).status_code


@pytest.mark.parametrize("name", [HERE, "localhost:8000", "LOCALHOST", "[::1]:8000", "192.168.1.20:8000"])
def test_addresses_and_localhost_are_let_in(searcher, name: str) -> None:
    assert status(searcher, {"Host": name}) == 200


@pytest.mark.parametrize(
    "name",
    ["evil.example", "127.0.0.1.evil.example:8000", "localhost.evil.example", "", "[", "[evil]:80", "127.0.0.1@evil"],
)
@pytest.mark.parametrize("path", ["/", "/api/about", "/static/app.js"])
def test_other_names_are_not(searcher, name: str, path: str) -> None:
    assert status(searcher, {"Host": name}, path) == 403


def test_the_name_it_is_served_on_is_let_in(searcher) -> None:
    assert status(searcher, {"Host": "studio.local:8000"}, host="studio.local") == 200
    assert status(searcher, {"Host": "studio.local:8000"}, host="0.0.0.0") == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9000"},
        {"Origin": f"https://{HERE}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_pages_cannot_ask(searcher, headers: dict[str, str]) -> None:
    client = TestClient(build_app(searcher), base_url=f"http://{HERE}")
    assert client.post("/api/search?system=sface", content=b"x", headers=headers).status_code == 403
    assert client.get("/api/about", headers=headers).status_code == 403
    assert searcher.photos == []


def test_its_own_page_can_ask_and_a_link_can_lead_to_it(searcher) -> None:
    assert status(searcher, {"Origin": f"http://{HERE}", "Sec-Fetch-Site": "same-origin"}) == 200
    assert status(searcher, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, "/") == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_alone_reaches_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "studio.local", ""])
def test_others_reach_any_other_address(host: str) -> None:
    assert not is_loopback(host)
