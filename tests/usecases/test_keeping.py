"""Reports that are kept for a moment: by what is seen, and never longer."""

import dataclasses

import pytest
from tests.usecases.firm import Firm

from hosanna_core.errors import PermissionDenied
from hosanna_core.model.people import Actor, Role
from hosanna_core.testing.doubles import PlainCache
from hosanna_core.usecases import operating, reporting, settling
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.keeping import KEPT_FOR

REPORTS = {"operations": operating.report_operations, "workload": reporting.report_workload}
MARCH = {"from": ["2026-03-01"], "to": ["2026-04-01"]}
VISIT = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"}


class Kept:
    """A firm whose reports are kept."""

    def __init__(self):
        self.firm = Firm()
        self.cache = PlainCache(self.firm.clock)
        self.ports = dataclasses.replace(self.firm.ports, cache=self.cache)

    def ask(self, name, actor, query=MARCH):
        return REPORTS[name](self.ports, actor, query)[0]


@pytest.fixture
def kept():
    return Kept()


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_made_once_for_all_who_see_the_same_and_says_when(kept, name):
    first, began = kept.ask(name, kept.firm.administrator), kept.firm.clock.now()
    kept.firm.assigned(window=VISIT)
    kept.firm.clock.step(began + KEPT_FOR * 1000 - 1 - kept.firm.clock.now())
    assert kept.ask(name, Actor("another", Role.ADMINISTRATOR)) == first
    kept.firm.clock.step(1)
    fresh = kept.ask(name, kept.firm.administrator)
    assert fresh != first
    assert fresh.at > first.at
    assert fresh == REPORTS[name](kept.firm.ports, kept.firm.administrator, MARCH)[0]


@pytest.mark.parametrize("name", REPORTS)
def test_nobody_gets_what_was_made_for_who_sees_more(kept, name):
    kept.firm.assigned(window=VISIT)
    kept.firm.create()
    everything = kept.ask(name, kept.firm.administrator)
    # The same person, with another role.
    office = Actor(kept.firm.administrator.id, Role.OFFICE_MANAGER)
    seen = kept.ask(name, office)
    assert seen == REPORTS[name](kept.firm.ports, office, MARCH)[0]
    if name == "operations":
        assert everything.jobs.total == seen.jobs.total + 1
        assert (bool(everything.users), bool(seen.users)) == (True, False)
    with pytest.raises(PermissionDenied):
        kept.ask(name, Actor(kept.firm.administrator.id, Role.TECHNICIAN))
    assert len(kept.cache.kept) == 2


@pytest.mark.parametrize("name", REPORTS)
def test_another_period_other_settings_and_a_restored_store_are_other_reports(kept, name):
    kept.ask(name, kept.firm.administrator)
    kept.ask(name, kept.firm.administrator, {**MARCH, "to": ["2026-04-02"]})
    settling.put_settings(kept.ports, kept.firm.administrator, Unparsed.of({"company": {"name": "Volt"}}))
    kept.ask(name, kept.firm.administrator)
    assert len(kept.cache.kept) == 3
    restored = Kept()
    restored.cache.kept = kept.cache.kept
    restored.ask(name, restored.firm.administrator)
    assert len(kept.cache.kept) == 4


@pytest.mark.parametrize("name", REPORTS)
def test_what_another_version_of_us_kept_is_made_anew(kept, name):
    first = kept.ask(name, kept.firm.administrator)
    for key, (until, _) in kept.cache.kept.items():
        kept.cache.kept[key] = (until, b"\x80")
    assert kept.ask(name, kept.firm.administrator) == first
