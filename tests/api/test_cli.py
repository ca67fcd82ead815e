"""The command line program as a person meets it: started, killed, started again, told wrong things."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import final

import pytest

from api.cli import erqi
from geo.store import server_process
from tests.conftest import TestServer
from tests.homes import copy_home, passable_folder

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90


@pytest.fixture
def home() -> Iterator[Path]:
    with passable_folder("erqi-cli-") as folder:
        yield folder / "home"


@pytest.fixture(scope="module")
def made_home() -> Iterator[Path]:
    """A home with its places, stopped; never started again here."""
    with passable_folder("erqi-cli-made-") as folder:
        done = call(folder / "home", "seed", "--no-demo")
        assert done.returncode == 0, done.stderr
        yield folder / "home"


@pytest.fixture
def filled_home(made_home: Path, home: Path) -> Path:
    """A home whose database has its places already: for tests that are not about the first start."""
    copy_home(made_home, home)
    return home


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
        return number


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ERQI_", "PG", "COV_"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "ERQI_HOME": str(home)} | settings


def call(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", *words]
    return subprocess.run(
        command, env=environment(home, **settings), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


@final
class Service:
    """A running ``serve`` whose words are collected in a file."""

    def __init__(self, home: Path, port: int, *words: str, **settings: str) -> None:
        self.data = home / "postgres" / "data"
        self.port = port
        handle, name = tempfile.mkstemp(prefix="erqi-serve-")
        self.log = Path(name)
        # A test run under nohup would hand on that it ignores SIGHUP.
        serve = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--no-demo", *words]
        self.process = subprocess.Popen(
            ["env", "--default-signal=HUP,INT", *serve],
            env=environment(home, **settings),
            stdout=handle,
            stderr=subprocess.STDOUT,
        )
        os.close(handle)

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.unlink()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_until_said(self, words: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def wait_until_ready(self, status: int = 200) -> None:
        until = time.monotonic() + PATIENCE_S
        while self.get("/readyz") != status:
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def kill_database(self) -> None:
        pid = server_process.running_pid(self.data)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)


def test_service_survives_what_kills_it(home: Path, port: int) -> None:
    with Service(home, port) as first:
        first.wait_until_said("service is ready")
        assert "A new private database was made" in first.said()
        first.wait_until_said(f"http://127.0.0.1:{port}/maps/hazard")
        first.process.kill()
        first.process.wait()
    assert server_process.running_pid(first.data) is not None
    with Service(home, port) as second:
        second.wait_until_said("service is ready")
        assert "taken over" in second.said()
        second.kill_database()
        second.wait_until_said("ended unexpectedly")
        second.wait_until_said("replayed its log, recovered")
        second.wait_until_ready()
        second.process.kill()
        second.process.wait()
        second.kill_database()
    with Service(home, port) as third:
        third.wait_until_said("service is ready")
        assert "replayed its log, recovered" in third.said()
        third.process.send_signal(signal.SIGTERM)
        assert third.process.wait(timeout=PATIENCE_S) == 0, third.said()
        assert "has stopped" in third.said()
    assert server_process.running_pid(third.data) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_signal_stops_service_and_database(filled_home: Path, port: int, number: signal.Signals) -> None:
    with Service(filled_home, port) as service:
        service.wait_until_said("service is ready")
        service.process.send_signal(number)
        assert service.process.wait(timeout=PATIENCE_S) == 0, service.said()
        assert server_process.running_pid(service.data) is None


def test_several_workers_answer_and_stop(filled_home: Path, port: int) -> None:
    with Service(filled_home, port, "--workers", "2") as service:
        service.wait_until_said("service is ready")
        service.wait_until_ready()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=PATIENCE_S) == 0, service.said()
        assert server_process.running_pid(service.data) is None


def test_named_server_is_used_and_left_running(filled_home: Path, port: int) -> None:
    """A second home would hold a second cluster; with an address none is made there."""
    with Service(filled_home, port) as owner:
        owner.wait_until_said("service is ready")
        address = call(filled_home, "db", "url", "--no-demo").stdout.strip()
        with socket.create_server(("127.0.0.1", 0)) as free:
            other_port = free.getsockname()[1]
        other = filled_home.parent / "other"
        with Service(other, other_port, ERQI_DATABASE_URL=address) as guest:
            guest.wait_until_said("service is ready")
            guest.wait_until_ready()
            guest.process.send_signal(signal.SIGTERM)
            assert guest.process.wait(timeout=PATIENCE_S) == 0
        assert not other.exists()
        assert owner.get("/readyz") == 200


def test_demonstration_and_real_places_have_a_database_each(home: Path) -> None:
    addresses = {call(home, "db", "url", *words).stdout.strip() for words in ((), ("--demo",), ("--no-demo",))}
    socket_folder = home / "postgres" / "run"
    assert addresses == {
        f"postgresql://erqi@/{name}?host={socket_folder}&port=5432" for name in ("erqi", "erqi_demonstration")
    }


def test_second_service_on_the_same_home_is_refused(filled_home: Path, port: int) -> None:
    with Service(filled_home, port) as service:
        service.wait_until_said("service is ready")
        with socket.create_server(("127.0.0.1", 0)) as free:
            other_port = free.getsockname()[1]
        refused = call(filled_home, "serve", "--port", str(other_port))
        assert refused.returncode == 1
        assert f"process {service.process.pid}" in refused.stderr
        status = call(filled_home, "db", "status")
        assert "used beside" in status.stderr
        assert "PostGIS: 3" in status.stdout


def test_port_in_use_is_one_sentence_and_starts_nothing(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = call(home, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    _, sentence = done.stderr.splitlines()  # the first says that it is starting
    assert "不能在 127.0.0.1" in sentence
    assert "(Address already in use)" in sentence
    assert not home.exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ERQI_PORT": "eighty"}, "ERQI_PORT"),
        ({"ERQI_DATABASE_URL": "postgresql://erqi:secret@127.0.0.1:1/erqi"}, "Connection refused"),
    ],
)
def test_wrong_setting_is_told_without_a_traceback(home: Path, settings: dict[str, str], words: str) -> None:
    done = call(home, "migrate", **settings)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_seed_and_migrate_can_be_repeated(home: Path, server: TestServer) -> None:
    address = server.create("cli_seed")
    first, again = (call(home, "seed", ERQI_DATABASE_URL=address) for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "Loaded" in first.stderr
    assert "nothing was changed" in again.stderr
    assert call(home, "migrate", ERQI_DATABASE_URL=address).returncode == 0


def test_terminal_without_chinese_gets_the_english(home: Path) -> None:
    done = call(home, "migrate", ERQI_PORT="x", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 1
    assert "The setting ERQI_PORT is wrong" in done.stderr


def test_each_command_has_help_in_both_languages() -> None:
    for name, command in erqi.commands.items():
        assert " / " in (command.help or ""), name


@pytest.mark.parametrize(("name", "place"), [("progress", "嵩山路"), ("hazard", "荆胡渡槽")])
def test_map_file_holds_its_features_under_a_closed_policy(
    home: Path, tmp_path: Path, seeded_url: str, name: str, place: str
) -> None:
    out = tmp_path / "地图.html"
    done = call(home, "map", name, "--out", str(out), ERQI_DATABASE_URL=seeded_url)
    assert done.returncode == 0, done.stderr
    html = out.read_text(encoding="utf-8")
    assert place in html
    assert "default-src &#39;none&#39;" in html


def test_map_that_cannot_be_written_is_told(home: Path, tmp_path: Path, seeded_url: str) -> None:
    out = tmp_path / "none" / "map.html"
    done = call(home, "map", "progress", "--out", str(out), ERQI_DATABASE_URL=seeded_url)
    assert done.returncode == 1
    assert "Cannot write" in done.stderr
