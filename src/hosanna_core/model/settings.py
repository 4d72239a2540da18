"""The settings as an Administrator sees them."""

from __future__ import annotations

import msgspec

from hosanna_core.model.firm import Company, Costs, Firm, JobType, Retention, Scores
from hosanna_core.model.roster import clock


class SettingsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in the form in which they are put: what is read can be changed and put back."""

    company: Company
    hours: dict[str, list[tuple[str, str]]]
    job_types: tuple[JobType, ...]
    scores: Scores
    costs: Costs
    retention: Retention


def settings_document(firm: Firm) -> SettingsDocument:
    """How the settings look outside."""
    return SettingsDocument(
        company=firm.company,
        hours={
            day: [(clock(start), clock(end)) for start, end in shifts] for day, shifts in firm.hours.items()
        },
        job_types=firm.job_types,
        scores=firm.scores,
        costs=firm.costs,
        retention=firm.retention,
    )
