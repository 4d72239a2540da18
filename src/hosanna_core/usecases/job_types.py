"""Making a job of a kind that the settings name: what its type says need not be said again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict, ValidationInfo, field_validator, model_validator

from hosanna_core.usecases.forms import JobForm
from hosanna_core.usecases.settling_forms import JobTypeName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.firm import JobType
    from hosanna_core.ports import Ports

KINDS: Final = "kinds"
"""The key of the judging context under which forms find what tells the job types, by names in one case."""
_FILLED: Final = ("duration_minutes", "required_skills")


def kinds_of(ports: Ports) -> Mapping[str, object]:
    """The context in which a job with a type is judged: the settings are read once, and only if a type is named."""

    @cache
    def kinds() -> dict[str, JobType]:
        return {each.name.casefold(): each for each in ports.store.firms.get().job_types}

    return {KINDS: kinds}


def _unless_of_a_type(schema: dict[str, Any]) -> None:
    """What a type fills must be there only where none is named."""
    schema["required"] = [name for name in schema["required"] if name not in _FILLED]
    named = {"required": ["job_type"], "properties": {"job_type": {"type": "string"}}}
    schema["anyOf"] = [named, {"required": list(_FILLED)}]


class NewJobForm(JobForm):
    """A new job. With a *job_type*, its duration and skills are those of the type where they are left out."""

    model_config = ConfigDict(json_schema_extra=_unless_of_a_type)
    job_type: JobTypeName | None = None

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, members: Any, info: ValidationInfo) -> Any:
        named = members.get("job_type") if isinstance(members, dict) else None
        kind = _kinds(info).get(named.strip().casefold()) if isinstance(named, str) else None
        if kind is None:
            return members
        told = {"duration_minutes": kind.duration_minutes, "required_skills": list(kind.required_skills)}
        return {**told, **members}

    @field_validator("job_type")
    @classmethod
    def _known(cls, named: str | None, info: ValidationInfo) -> str | None:
        if named is not None and named.casefold() not in (kinds := _kinds(info)):
            names = ", ".join(f"'{kind.name}'" for kind in kinds.values())
            raise ValueError(
                f"must be one of {names}" if names else "must be left out: there are no job types"
            )
        return named


def _kinds(info: ValidationInfo) -> Mapping[str, JobType]:
    kinds: Callable[[], dict[str, JobType]] | None = (info.context or {}).get(KINDS)
    return kinds() if kinds else {}
