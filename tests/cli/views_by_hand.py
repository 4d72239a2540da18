"""Who saw a job at each version of its life, and what they may be told of it: the specification, said by hand.

Nothing here asks `hosanna_core`: a life is what the history of a job says, as an Administrator is shown it.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN = "ADMINISTRATOR", "OFFICE_MANAGER", "TECHNICIAN"
IN_THE_FIELD = {"DISPATCHED", "IN_PROGRESS", "ON_HOLD", "COMPLETED", "BILLED"}
KINDS = {
    "create": "job.created",
    "assign": "job.assigned",
    "reassign": "job.assigned",
    "reschedule": "job.updated",
    "edit": "job.updated",
}
OTHERWISE = "job.status_changed"
PLAIN = {*KINDS.values(), OTHERWISE}
ENTERED, LEFT = "job.entered_view", "job.left_view"


@dataclass(frozen=True)
class Viewer:
    user_id: str
    role: str


@dataclass(frozen=True)
class State:
    """A job at one version."""

    action: str
    status: str
    technician_id: str | None
    at: str
    actor_id: str


class Life:
    """All that a job has been; a version is how many states that are."""

    def __init__(self, history: list[dict[str, Any]]) -> None:
        self.states: list[State] = []
        technician = None
        for version, entry in enumerate(history, 1):
            assert entry["version"] == version, "versions rise one by one"
            technician = entry["changes"].get("technician_id", {"to": technician})["to"]
            state = State(entry["action"], entry["to"], technician, entry["at"], entry["actor_id"])
            self.states.append(state)

    @property
    def version(self) -> int:
        return len(self.states)

    def seen(self, viewer: Viewer, version: int) -> bool:
        """Whether somebody sees the job at that version."""
        states = self.states[:version]
        if not states or viewer.role == ADMINISTRATOR:
            return bool(states)
        statuses = [state.status for state in states]
        if viewer.role == OFFICE_MANAGER:
            return any(status not in {"TENTATIVE", "CANCELLED"} for status in statuses)
        if states[-1].technician_id != viewer.user_id:
            return False
        if statuses[-1] == "CANCELLED":
            return statuses[-2] in {"DISPATCHED", "ON_HOLD"}
        return statuses[-1] in IN_THE_FIELD

    def entered(self, viewer: Viewer, version: int) -> bool:
        """Whether it came into view by that version, other than by being made."""
        return version > 1 and self.seen(viewer, version) and not self.seen(viewer, version - 1)

    def left(self, viewer: Viewer, version: int) -> bool:
        return self.seen(viewer, version - 1) and not self.seen(viewer, version)

    def plain(self, viewer: Viewer, version: int) -> bool:
        """Whether its own event tells of that version."""
        return self.seen(viewer, version) and (version == 1 or self.seen(viewer, version - 1))

    def may_be_withheld(self, viewer: Viewer, version: int) -> bool:
        """Whether the job was out of view at some moment after that version, when it may have been looked at."""
        later = range(version, self.version + 1)
        return any(not self.seen(viewer, each) for each in later)


Lives = dict[str, Life]


def check_message(viewer: Viewer, message: dict[str, Any], lives: Lives) -> None:
    """Nobody is sent what they may not see, nor anything that is not so."""
    kind = message["type"]
    if kind.startswith("user."):
        assert viewer.role == ADMINISTRATOR or message["user_id"] == viewer.user_id, "somebody else's account"
    if kind == "announcement.created":
        assert message["announcement"]["role"] in (None, viewer.role), "an announcement for another role"
    if kind == "notification.created" and (job_id := message["notification"]["job_id"]) is not None:
        life = lives[job_id]
        assert any(life.seen(viewer, each) for each in range(1, life.version + 1)), "a hidden job is named"
    if not kind.startswith("job."):
        return
    life = lives[message["job_id"]]
    if "job" in message:
        _check_job(viewer, message["job"], life)
    versions = range(1, life.version + 1)
    if kind == LEFT:
        assert set(message) == {"type", "job_id", "cursor"}, "too much is told of a job that left"
        assert any(life.left(viewer, each) for each in versions), "it never left"
    elif kind == ENTERED:
        assert set(message) == {"type", "job_id", "job", "cursor"}, "too much is told of a job that came"
        assert any(life.entered(viewer, each) for each in versions), "it never came"
    else:
        _check_plain(viewer, message, life)


def _check_job(viewer: Viewer, job: dict[str, Any], life: Life) -> None:
    assert life.seen(viewer, job["version"]), f"a hidden job is shown, as it was at {job['version']}"
    state = life.states[job["version"] - 1]
    assert (job["status"], job["technician_id"]) == (state.status, state.technician_id)


def _check_plain(viewer: Viewer, message: dict[str, Any], life: Life) -> None:
    version = message["version"]
    assert message["job"]["version"] >= version, "it is shown as it was before"
    assert life.plain(viewer, version), f"the event of {version} is none of theirs"
    state = life.states[version - 1]
    assert message["type"] == KINDS.get(state.action, OTHERWISE)
    assert (message["at"], message["actor_id"]) == (state.at, state.actor_id)


def check_order(viewer: Viewer, told: list[dict[str, Any]], life: Life, since: int | None) -> None:
    """One job's messages, in their order and all of them: *since* is the version from which on they were told.

    None: nobody knows. Then nothing is known to be lacking before the first of them that has a version.
    """
    last = since
    versions = []
    for message in told:
        if message["type"] in PLAIN:
            versions.append(message["version"])
            _check_gap(viewer, life, last, message["version"])
            last = message["version"]
    assert all(before < after for before, after in pairwise(versions)), f"out of order or twice: {versions}"
    _check_gap(viewer, life, last, life.version + 1)


def _check_gap(viewer: Viewer, life: Life, last: int | None, until: int) -> None:
    for version in range(until if last is None else last + 1, until):
        lost = life.plain(viewer, version) and not life.may_be_withheld(viewer, version)
        assert not lost, f"the event of version {version} was never told"
