"""A firm whose servers are killed while much is done, and whose people's devices come and go meanwhile."""

import contextlib
import queue
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.cli.busy_firm import PEOPLE, SELDOM, BusyFirm
from tests.cli.lines import Gone
from tests.cli.views_by_hand import ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN
from tests.cli.watchers import STREAM, Device, Kept

DEVICES = ("ada", "ada", "olga", "owen", "tess", "tess", "theo", "rosa")
PATIENCE = 30.0
"""Seconds in which a follower is told of what was done before, also on a busy machine."""
CUT_OFF = 10.0
CURSORS = ("last",) * 6 + ("older",) * 3 + ("none", "foreign", "garbage", "future")
ENDED_BY_LOG_IN = 4401


class Firm(BusyFirm):
    """*future* makes a cursor of somebody's that the feed has not come to."""

    def __init__(
        self,
        *given: Any,
        future: Callable[[str], str] | None = None,
        patience: float = PATIENCE,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self.future = future
        self.patience = patience
        self.devices: list[Device] = []

    def hire(self) -> None:
        super().hire()
        for number, who in enumerate(DEVICES):
            self.devices.append(Device(self, who, number))

    # Who may do what changes.

    def disturb(self) -> None:
        """One of them has another role from now on, or is shut out for a while: nothing that they had open goes on."""
        who = self.random.choice([name for name in PEOPLE if name != "olga"])
        if self.random.random() < 0.5:
            role = OFFICE_MANAGER if self.roles[who] == TECHNICIAN else TECHNICIAN
            done = self.ask("ada", "PUT", f"/users/{self.ids[who]}/role", json={"role": role})
            self.note(who, "becomes", role, done is not None)
        else:
            role = self.roles[who]
            done = self.ask("ada", "POST", f"/users/{self.ids[who]}/deactivate", json={})
            self.note(who, "is shut out", done is not None)
        if done is None:
            return
        self._watch_them_go(who)
        if role == self.roles[who]:
            assert self.ask("ada", "POST", f"/users/{self.ids[who]}/activate", json={}) is not None
            for device in self._devices_of(who):
                device.chain.began = self.announced()
        else:
            self.terms[who] += 1
            self.roles[who] = role
        self._come(who, *self.passwords[who])

    def _watch_them_go(self, who: str) -> None:
        """Whatever they were sent before is taken, as who they were."""
        until = time.monotonic() + min(CUT_OFF, self.patience)
        for device in self._devices_of(who):
            if (line := device.line) is None:
                continue
            with contextlib.suppress(Gone):
                while time.monotonic() < until:
                    with contextlib.suppress(queue.Empty):
                        device.take(1, 0.1)
            device.line = None
            assert line.ended_at is not None, f"{device.name} is still let in"
            assert line.code in (None, ENDED_BY_LOG_IN), f"closed with {line.code}"

    def _devices_of(self, who: str) -> list[Device]:
        return [device for device in self.devices if device.who == who]

    # Devices.

    def come_or_go(self) -> None:
        """One device does something."""
        device, chance = self.random.choice(self.devices), self.random.random()
        if device.line is None or chance < 0.15:
            self._come_back(device, self.random.choice(CURSORS))
        elif chance < 0.3:
            self.note(device.name, "hangs up")
            device.hang_up()
        else:
            try:
                device.take(self.random.randrange(1, 30), 0.0)
            except queue.Empty:
                pass
            except Gone:
                device.line = None

    def _come_back(self, device: Device, by: str) -> None:
        text, given = self._cursor(device, by)
        if self.random.random() < 0.25:
            device.sync(text, given, self.random.choice((1, 2, 5, 50)))
        else:
            device.connect(text, given, events=self.random.random() < 0.4)

    def _cursor(self, device: Device, by: str) -> tuple[str | None, Kept | None]:
        if by in {"last", "older"} and device.kept:
            given = device.kept[-1] if by == "last" else self.random.choice(device.kept)
            return given.text, given
        others = [kept for each in self.devices if each.who != device.who for kept in each.kept]
        if by == "foreign" and others:
            given = self.random.choice(others)
            return given.text, given
        if by == "garbage":
            last = device.kept[-1].text[1:] if device.kept else ""
            return self.random.choice(("", "garbage", "A" * 500, last)), None
        if by == "future" and self.future is not None:
            return self.future(self.ids[device.who]), None
        return None, None

    # What must be so.

    def be_quiet(self) -> None:
        """Everybody hears everything: what they keep is what a list shows, and all that they were told is right."""
        for device in self.devices:
            self._settle(device)
        barrier = self.announce()
        assert barrier is not None
        for device in self.devices:
            self._hear_until(device, barrier)
        lives = self.lives()
        self.jobs = self._shown("ada")
        for device in self.devices:
            device.check_told(lives)
            device.check_chain(lives, self.announcements)
            shown = self._shown(device.who)
            lacking, left = shown.keys() - device.chain.copy.keys(), device.chain.copy.keys() - shown.keys()
            assert not lacking, f"{device.name} lacks {lacking}"
            assert not left, f"{device.name} still has {left}"
            assert device.chain.copy == shown, f"{device.name} has jobs as they were"
            device.begin_quietly(lives, self.announced())
        self.note("quiet:", len(lives), "jobs,", self.announced(), "announcements")

    def _settle(self, device: Device) -> None:
        """Be connected, having gone through all pages that there were."""
        until = time.monotonic() + self.patience
        while device.line is None:
            assert time.monotonic() < until, f"{device.name} is not let in"
            text, given = self._cursor(device, "last")
            if given is not None and given.leads != STREAM:
                device.sync(text, given, 50)
            else:
                device.connect(text, given, events=self.random.random() < 0.4)

    def _hear_until(self, device: Device, barrier: str) -> None:
        until = time.monotonic() + self.patience
        while barrier not in device.chain.once:
            assert time.monotonic() < until, f"{device.name} never hears what is said last"
            try:
                device.take(1, max(until - time.monotonic(), 0.01))
            except queue.Empty:
                continue
            except Gone:
                device.line = None
                self._settle(device)
                if device.chain.began >= self.announced():
                    return

    # All of it.

    def run(self, rounds: int, steps: int) -> None:
        """Some rounds: much happens, a server dies while more does, and in the end all is quiet."""
        for _ in range(10):
            self.act(self.random, self.clients[0])
        self.be_quiet()
        for number in range(rounds):
            for _ in range(steps):
                self.step()
            victim = self.random.randrange(len(self.servers))
            self.burst(lambda victim=victim: self._die_and_come_back(victim))  # type: ignore[misc]
            if number % 2:
                self.burst(lambda: [self.come_or_go() for _ in range(10)] and None)
            self.be_quiet()

    def step(self) -> None:
        """One thing that somebody does."""
        chance = self.random.random()
        if chance < 0.45:
            self.act(self.random, self.random.choice(self.clients))
        elif chance < 0.93:
            self.come_or_go()
        elif chance < 0.96:
            self.announce(self.random.choice((None, ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN)))
        elif chance < 0.98:
            self.disturb()
        else:
            self.forget()

    def _die_and_come_back(self, victim: int) -> None:
        time.sleep(self.random.uniform(0.05, 0.3))
        self.kill(victim)
        if self.random.random() < SELDOM:
            self.forget()
        for _ in range(self.random.randrange(6)):
            self.come_or_go()
        self.start(victim)


@contextlib.contextmanager
def restless_firm(folder: Path, seed: int, **given: Any) -> Iterator[Firm]:
    """Where it fails it shows how to do the same again, and what was done."""
    with contextlib.ExitStack() as opened:
        firm = Firm(folder, opened, seed, **given)
        try:
            firm.hire()
            yield firm
        except BaseException:
            print(f"FOLLOWERS_SEED={seed} does about the same again. What was done last:", file=sys.stderr)
            print("\n".join(firm.log[-200:]), file=sys.stderr)
            raise
        finally:
            for device in firm.devices:
                device.hang_up()
