"""Which column becomes which field: the language of `--map`, and the map that permit files need no `--map` for."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TEXTS: Final = (
    "external_ref", "title", "description", "customer.name", "customer.phone", "customer.email",
    "site.street", "site.city", "site.postal_code", "job_type",
)  # fmt: skip
TIMES: Final = ("window.start", "window.end", "arrival_window.start", "arrival_window.end")
NUMBERS: Final = ("site.latitude", "site.longitude")
WHOLE_NUMBERS: Final = ("duration_minutes",)
LISTS: Final = ("required_skills",)
WORDS: Final = ("priority",)
FIELDS: Final = (*TEXTS, *WORDS, *LISTS, *WHOLE_NUMBERS, *NUMBERS, *TIMES)
REQUIRED: Final = ("external_ref", "title", "customer.name", "site.street")
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,40})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)


class MapError(Exception):
    """The map cannot be followed; the message says what to write instead."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a field's value comes from: one column, several joined, or a constant."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    join: str = " "
    value: Any = None
    default: Any = None
    """For rows where the columns are blank."""
    values: dict[str, Any] = {}
    """What a column's text stands for, such as {"1": "EMERGENCY"}; text that is not named stays as it is."""
    split: str = ";"
    """What parts the items of a list."""
    format: str | None = None
    """How a time is written, in the letters of strptime; RFC 3339 if left out."""
    timezone: str = "UTC"
    """Where a time is meant that says no offset."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are read."""
        return self.columns if self.column is None else (self.column, *self.columns)


Mapped = dict[str, Source]
_FILE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SOURCE = msgspec.json.Decoder(str | list[str] | Source)

_BY_TYPE: Final[Mapping[str, Any]] = {"required_skills": [], "duration_minutes": 60}
_USUAL: Final[Mapping[str, Any]] = {"priority": "NORMAL", **_BY_TYPE}
"""What a job has where its row leaves out what every job has; what its type says is left to the type."""
PERMITS: Final[Mapped] = {
    "external_ref": Source(column="permit_number"),
    "title": Source(columns=("sub_type", "work_type"), join=": "),
    "description": Source(column="work_description"),
    "customer.name": Source(value="Permit holder"),
    "site.street": Source(column="permit_location"),
    "site.latitude": Source(column="lat"),
    "site.longitude": Source(column="lng"),
}
_PERMIT_COLUMNS: Final = frozenset({"permit_number", "permit_location", "sub_type", "work_type"})


def map_for(columns: Iterable[str], given: Mapped) -> Mapped:
    """The map for records with these columns: what was *given* over what their names tell by themselves."""
    names = set(columns)
    if names >= _PERMIT_COLUMNS:
        told = {
            field: source
            for field, source in PERMITS.items()
            if not source.names or names.intersection(source.names)
        }
    else:
        told = {field: Source(column=field) for field in FIELDS if field in names}
    return {**told, **given}


def map_for_objects(first: Mapping[str, Any], given: Mapped) -> Mapped:
    """The map for JSON objects that look like the *first* one: permits, or jobs as the API takes them."""
    if first.keys() >= _PERMIT_COLUMNS:
        return map_for(first, given)
    return {**{field: Source(column=field) for field in FIELDS}, **given}


def demand_columns(mapped: Mapped, header: Sequence[str]) -> None:
    """Raise MapError unless the header has every column once, and every field that a job needs has a source."""
    for field, source in mapped.items():
        for name in source.names:
            if header.count(name) != 1:
                trouble = "no column" if name not in header else "more than one column"
                raise MapError(
                    f"{field} is to come from '{name}', but the file has {trouble} of that name. "
                    f"It has: {', '.join(header)}."
                )
    demand_required(mapped)


def demand_required(mapped: Mapped) -> None:
    """Raise MapError unless every field that a job needs has a source."""
    lacking = [field for field in REQUIRED if field not in mapped]
    if lacking:
        raise MapError(
            f"Nothing says where {', '.join(lacking)} of a job come from: say --map FIELD=COLUMN, or "
            "--map FIELD:=VALUE for a constant. external_ref is the number that tells the rows apart."
        )


def read_maps(given: Iterable[str]) -> Mapped:
    """What the `--map` options say: files, FIELD=COLUMN and FIELD:=JSON; later ones win. Raises MapError."""
    mapped: Mapped = {}
    for text in given:
        mapped.update(_argument(text) if "=" in text and not Path(text).is_file() else _file(Path(text)))
    unknown = sorted(set(mapped) - set(FIELDS))
    if unknown:
        raise MapError(f"A job has no field {', '.join(unknown)}. It has: {', '.join(FIELDS)}.")
    return mapped


def _file(path: Path) -> Mapped:
    try:
        read = _FILE.decode(path.read_bytes())
    except FileNotFoundError:
        raise MapError(
            f"{path} is not a map: there is no file of that name, and it is no FIELD=COLUMN either."
        ) from None
    except OSError as error:
        raise MapError(f"{path} is not a map: {error.strerror}.") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise MapError(f"{path} is not a map: {error}.") from None
    return {field: _source(f"{path}: {field}", written) for field, written in read.items()}


def _source(where: str, written: msgspec.Raw) -> Source:
    try:
        value = _SOURCE.decode(written)
    except msgspec.ValidationError as error:
        wanted = '"Column", ["A", "B"] or {"column": …} is wanted'
        raise MapError(f"{where}: {wanted}. {error}.") from None
    if isinstance(value, str):
        return Source(column=value)
    source = Source(columns=tuple(value)) if isinstance(value, list) else value
    try:
        ZoneInfo(source.timezone)
    except (OSError, ValueError, KeyError):
        raise MapError(f"{where}: there is no time zone '{source.timezone}'.") from None
    return source


def _argument(text: str) -> Mapped:
    field, _, rest = text.partition("=")
    if not rest:
        raise MapError(f"'{text}' names no column: say FIELD=COLUMN, or FIELD:=VALUE for a constant.")
    if not field.endswith(":"):
        return {field.strip(): Source(column=rest)}
    try:
        value = msgspec.json.decode(rest)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        value = rest
    return {field[:-1].strip(): Source(value=value)}


class Mapper:
    """A map, ready to be followed row by row."""

    def __init__(self, mapped: Mapped) -> None:
        self._constants = {field: source.value for field, source in mapped.items() if not source.names}
        self._sources = [
            (field.partition("."), source, _READERS.get(field, _text))
            for field, source in mapped.items()
            if source.names
        ]
        # What is required in them is named by the form where it is blank, and not the whole that it is a part of.
        self._heads = [
            head for head, dot, _ in (field.partition(".") for field in REQUIRED if field in mapped) if dot
        ]
        self.used = frozenset(name for source in mapped.values() for name in source.names)

    def row(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """The job that the columns tell of, as the API takes one; nothing is judged yet."""
        job: dict[str, Any] = {head: {} for head in self._heads}
        for field, value in self._constants.items():
            _put(job, field.partition("."), value)
        for parts, source, reader in self._sources:
            value = _found(columns, source)
            if isinstance(value, str):
                value = reader(value, source)
            elif parts[0] == "external_ref" and type(value) is int:
                value = str(value)
            if value is not None:
                _put(job, parts, value)
        typed = bool(job.get("job_type"))
        usual = {field: value for field, value in _USUAL.items() if not (typed and field in _BY_TYPE)}
        return {**usual, **job}


def _put(job: dict[str, Any], parts: tuple[str, str, str], value: Any) -> None:
    head, _, tail = parts
    if not tail:
        job[head] = value
    elif isinstance(inner := job.setdefault(head, {}), dict):
        inner[tail] = value


def _found(columns: Mapping[str, Any], source: Source) -> Any:
    names = source.names
    if len(names) == 1:
        value = _column(columns, names[0])
    else:
        texts = [text for name in names if (text := str(_column(columns, name) or "").strip())]
        value = source.join.join(texts)
    if isinstance(value, str):
        value = value.strip()
        value = source.values.get(value, value)
    return source.default if value is None or value == "" else value


def _column(columns: Mapping[str, Any], name: str) -> Any:
    """A column by its name; in JSON also a value inside, by its dotted path."""
    if name in columns:
        return columns[name]
    value: Any = columns
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _text(text: str, _: Source) -> Any:
    return text


def _number(text: str, _: Source) -> Any:
    return float(text) if _NUMBER.fullmatch(text) else text


def _whole(text: str, _: Source) -> Any:
    return int(text) if _WHOLE.fullmatch(text) else text


def _list(text: str, source: Source) -> Any:
    return [item for part in text.split(source.split) if (item := part.strip())]


def _word(text: str, _: Source) -> Any:
    return text.upper()


def _time(text: str, source: Source) -> Any:
    """What does not fit the format stays as it is: the form then says what a time looks like."""
    if source.format is None:
        return text
    try:
        moment = datetime.strptime(text, source.format)  # noqa: DTZ007  # the map says the zone, on the next line
        aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(source.timezone))
        return aware.isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return text


_READERS: Final = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(WHOLE_NUMBERS, _whole),
    **dict.fromkeys(LISTS, _list),
    **dict.fromkeys(WORDS, _word),
    **dict.fromkeys(TIMES, _time),
}
