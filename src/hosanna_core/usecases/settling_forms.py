"""The form of the settings. What is left out is as it was before anybody settled anything."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints, field_validator

from hosanna_core.model.firm import Company, Costs, Firm, JobType, Retention, Scores
from hosanna_core.model.status import Priority
from hosanna_core.usecases.forms import (
    BLANK,
    MOST_SKILLS,
    ONE_LINE,
    Address,
    Form,
    Minutes,
    Name,
    Phone,
    RequiredSkill,
    upto,
)
from hosanna_core.usecases.user_forms import Hours, TimeZone, stretches

MOST_JOB_TYPES: Final = 100
MOST_PLUGIN_SCORES: Final = 100
LONGEST_KEPT: Final = 3_650
"""Days."""
LEAST_KEPT_PLANS: Final = 7
"""Days: a day's plan is asked for while it lasts, wherever that is, and the next one goes on from it."""
_COMPANY, _SCORES, _COSTS, _RETENTION = Company(), Scores(), Costs(), Retention()
Weight = Annotated[int, Field(ge=0, le=100)]
Cost = Annotated[int, Field(ge=0, le=100_000)]
Days = Annotated[int, Field(ge=1, le=LONGEST_KEPT)]
PluginScore = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}\.[a-z][a-z0-9_-]{0,31}$")]
JobTypeName = Annotated[str, upto(100), ONE_LINE]


class CompanyForm(Form):
    """Whose system it is."""

    name: Name = _COMPANY.name
    phone: Phone = None
    email: Annotated[Address | None, BLANK] = None
    timezone: TimeZone = _COMPANY.timezone

    def value(self) -> Company:
        """The trusted value."""
        return Company(name=self.name, phone=self.phone, email=self.email, timezone=self.timezone)


class JobTypeForm(Form):
    """A kind of work."""

    name: JobTypeName
    duration_minutes: Minutes
    required_skills: Annotated[list[RequiredSkill], Field(max_length=MOST_SKILLS)] = Field(
        default_factory=list
    )

    def value(self) -> JobType:
        """The trusted value; a skill named twice counts once."""
        return JobType(
            name=self.name,
            duration_minutes=self.duration_minutes,
            required_skills=tuple({name.casefold(): name for name in self.required_skills}.values()),
        )


class ScoresForm(Form):
    """How much each soft score counts."""

    travel: Weight = _SCORES.travel
    fortnight: Weight = _SCORES.fortnight
    day: Weight = _SCORES.day
    continuity: Weight = _SCORES.continuity
    rarity: Weight = _SCORES.rarity
    plugins: Annotated[dict[PluginScore, Weight], Field(max_length=MOST_PLUGIN_SCORES)] = Field(
        default_factory=dict
    )

    def value(self) -> Scores:
        """The trusted value."""
        return Scores(**{name: getattr(self, name) for name in type(self).model_fields})


class CostsForm(Form):
    """What a plan is charged for."""

    travel: Cost = _COSTS.travel
    technician: Cost = _COSTS.technician
    fairness: Cost = _COSTS.fairness
    continuity: Cost = _COSTS.continuity
    stability: Cost = _COSTS.stability
    promise: Cost = _COSTS.promise
    left_out: dict[Priority, Cost] = Field(default_factory=dict)

    def value(self) -> Costs:
        """The trusted value; a priority that is not named costs what it costs by default."""
        given: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        return Costs(**{**given, "left_out": {**_COSTS.left_out, **self.left_out}})


class RetentionForm(Form):
    """For how many days things are kept."""

    read_notifications: Days = _RETENTION.read_notifications
    unread_notifications: Days = _RETENTION.unread_notifications
    webhook_deliveries: Days = _RETENTION.webhook_deliveries
    plans: Annotated[int, Field(ge=LEAST_KEPT_PLANS, le=LONGEST_KEPT)] = _RETENTION.plans

    def value(self) -> Retention:
        """The trusted value."""
        return Retention(**{name: getattr(self, name) for name in type(self).model_fields})


class SettingsForm(Form):
    """All settings."""

    company: CompanyForm = Field(default_factory=CompanyForm)
    hours: Hours = Field(default_factory=dict)
    job_types: Annotated[list[JobTypeForm], Field(max_length=MOST_JOB_TYPES)] = Field(default_factory=list)
    scores: ScoresForm = Field(default_factory=ScoresForm)
    costs: CostsForm = Field(default_factory=CostsForm)
    retention: RetentionForm = Field(default_factory=RetentionForm)

    @field_validator("job_types")
    @classmethod
    def _told_apart(cls, job_types: list[JobTypeForm]) -> list[JobTypeForm]:
        names = [each.name.casefold() for each in job_types]
        twice = [each.name for n, each in enumerate(job_types) if names[n] in names[:n]]
        if twice:
            raise ValueError(
                f"must have names of their own, whatever their case: '{twice[0]}' is there twice"
            )
        return job_types

    def value(self) -> Firm:
        """The trusted value, which has no version yet."""
        return Firm(
            company=self.company.value(),
            hours=stretches(self.hours),
            job_types=tuple(each.value() for each in self.job_types),
            scores=self.scores.value(),
            costs=self.costs.value(),
            retention=self.retention.value(),
        )
