"""The disk is full, or a quota is: writes are refused, reads go on, nothing is lost, and room makes all well again."""

import contextlib
import json
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.broken.house import ALIVE, AT_ONCE, House, crowd, house, kinds, slowest, well_after
from tests.cli.lines import API
from tests.cli.running import hosanna, serving

pytestmark = pytest.mark.deep

SIZE = 48
"""MiB of the disk."""
REFUSED = 60
"""So many writes are refused before there is room again."""
Full = Callable[[House], contextlib.AbstractContextManager[None]]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, where this user may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", place], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this user may not mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(place: Path) -> None:
    """To the last byte."""
    with (place / "ballast").open("ab", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while ballast.write(b"\0" * size):
                    pass


@contextlib.contextmanager
def quota(served: House) -> Iterator[None]:
    """No file of the server grows any more."""
    pid = served.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_full_disk_costs_writes_and_nothing_else(disk: Path) -> None:
    @contextlib.contextmanager
    def full(_: House) -> Iterator[None]:
        fill(disk)
        yield
        (disk / "ballast").unlink()

    with house(disk) as served:
        said = play(served, full)
        assert "The disk is full: nothing was changed." in said
        assert served.server.stop() == 0
    check_after_a_restart(disk, served)


def test_nor_does_a_quota(tmp_path: Path) -> None:
    with house(tmp_path) as served:
        play(served, quota)
        assert served.server.stop() == 0
    check_after_a_restart(tmp_path, served)


def play(served: House, full: Full) -> set[str]:
    """Full, and then not; what the refusals said."""
    line = served.listen()
    assert line.take()["type"] == "hello"
    with crowd(served.make, served.make, served.log_in, served.list, served.ready, served.live) as heard:
        with full(served):
            while len(refused := [each for each in heard if each.refused]) < REFUSED:
                time.sleep(0.1)
        room = time.monotonic()
        back = well_after(served.make, room), well_after(served.log_in, room)
        time.sleep(0.5)
    print(slowest(heard), back)
    assert kinds(heard) == {
        "make": {201, 503}, "login": {200, 503}, "list": {200}, "ready": {200}, "live": {200},
    }  # fmt: skip
    assert all(each.status < 500 or each.refused for each in heard)
    assert max(slowest(heard).values()) < AT_ONCE
    assert slowest(heard)["live"] < ALIVE
    # The last of all for sure: of two that were made at once the one that was answered later may have been told first.
    served.make()
    told: set[str] = set()
    while served.jobs[-1] not in told:
        message = line.take()
        if message["type"] == "job.created":
            told.add(message["job"]["id"])
    assert told >= set(served.jobs[1:])
    return {json.loads(each.body)["detail"] for each in refused}


def check_after_a_restart(folder: Path, served: House) -> None:
    """All that was acknowledged is there, and the trail is whole."""
    verified = hosanna(folder, "audit", "verify")
    assert verified.returncode == 0, verified.stderr
    known = {"Authorization": f"Bearer {served.token}"}
    with serving(folder) as again, again.client(known) as client:
        for job_id in served.jobs:
            assert client.get(f"{API}/jobs/{job_id}").status_code == 200
