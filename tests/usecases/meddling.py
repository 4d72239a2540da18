"""An audit trail with a past, and ways to touch what nobody may touch."""

from tests.usecases.firm import MINUTE, refused

from hosanna_core import errors
from hosanna_core.errors import BrokenChain
from hosanna_core.rules.trail import stream_of_process
from hosanna_core.usecases import trail


def stream(firm, name):
    """The stored entries of a stream, to be meddled with."""
    return firm.memory._state.trail._streams[name]


def heads(firm):
    return firm.memory._state.trail._heads


def settled(firm):
    """The list of all entries shows what the streams hold after they were meddled with."""
    kept = firm.memory._state.trail
    places = (
        (entry.id, name, at) for name, each in kept._streams.items() for at, entry in enumerate(each, 1)
    )
    kept._order = sorted(places)


def verify(firm):
    settled(firm)
    return trail.verify_trail(firm.ports)


def breaks_at(firm, name, n):
    broken = refused(BrokenChain, verify, firm)
    assert broken.version == n, broken.detail
    assert f"entry {n} of stream '{name}'" in broken.detail
    return broken.detail


def lived_through(firm):
    """A firm with a past: logins, failures, and checkpoints in between; *mine* and *process* name two streams."""
    for _ in range(3):
        firm.log_in()
        refused(errors.BadCredentials, firm.log_in, password="wrong")
        firm.clock.step(MINUTE)
        assert trail.checkpoint(firm.ports)
    firm.mine = f"user|{firm.technician.id}"
    firm.process = stream_of_process(firm.ports.process_id)
    firm.log_in()
    return firm
