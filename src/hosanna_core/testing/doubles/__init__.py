"""Stand-ins for the outside world, quick and repeatable; none of them is fit for anything but tests."""

from hosanna_core.testing.doubles.bundle import ports_on
from hosanna_core.testing.doubles.clock import StandingClock
from hosanna_core.testing.doubles.counting import PlainCounter, PlainThrottles
from hosanna_core.testing.doubles.keeping import PlainCache
from hosanna_core.testing.doubles.keys import PlainEncryption, PlainSignatures
from hosanna_core.testing.doubles.letterbox import Letterbox
from hosanna_core.testing.doubles.passwords import PlainPasswords
from hosanna_core.testing.doubles.planner import PlainPlanner
from hosanna_core.testing.doubles.pushes import PlainPusher
from hosanna_core.testing.doubles.senders import PlainSender
from hosanna_core.testing.doubles.tokens import PlainTokens
from hosanna_core.testing.doubles.travel import PlainTravel

__all__ = [
    "Letterbox",
    "PlainCache",
    "PlainCounter",
    "PlainEncryption",
    "PlainPasswords",
    "PlainPlanner",
    "PlainPusher",
    "PlainSender",
    "PlainSignatures",
    "PlainThrottles",
    "PlainTokens",
    "PlainTravel",
    "StandingClock",
    "ports_on",
]
