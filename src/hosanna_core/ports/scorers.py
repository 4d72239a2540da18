"""Ranking candidates by what only this firm knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.schedule import Window
    from hosanna_core.rules.assignment.candidates import Member
    from hosanna_core.rules.assignment.score import Rated


class Scorer(Protocol):
    """One soft score beside those of the house. It ranks who fits; who fits is none of its business."""

    @property
    def name(self) -> str:
        """What it is called in the answers, and in the settings where an Administrator gives it another weight."""

    @property
    def weight(self) -> int:
        """How much it counts where the settings do not say, 0 to 100."""

    def rate(self, job: Job, window: Window | None, crew: Sequence[Member]) -> Mapping[UserId, Rated] | None:
        """How much speaks for each of the *crew*, from 0 to 1: who is not in it counts as middling.

        None: nobody knows, because it did not work as it should. Nothing is raised.
        """
