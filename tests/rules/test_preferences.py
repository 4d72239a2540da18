"""On which ways people are told: what they chose, what holds for everybody, and what cannot be read."""

import pytest

from hosanna_core.model.notice import Channel, NoticeKind
from hosanna_core.rules.preferences import DEFAULTS, channels_for, choices, readable
from hosanna_core.testing.samples import a_user
from hosanna_core.usecases.preference_forms import ChannelsForm, NotificationsForm

# kind: (live, e-mail, push) where nothing was chosen
PAGE = {
    "job.dispatched": (True, False, True),
    "job.status_changed": (True, False, True),
    "announcement": (True, False, True),
    "webhook.disabled": (True, False, True),
}


CHOSEN = {Channel.LIVE, Channel.EMAIL, Channel.PUSH}
"""What a plugin brings is nobody's choice: it hears of everything."""


def ways(preferences, kind):
    live, channels = channels_for(a_user(1, preferences=preferences), kind)
    return live, Channel.EMAIL in channels, Channel.PUSH in channels


def test_the_table_is_total_and_that_of_the_page():
    assert set(DEFAULTS) == set(NoticeKind) == set(PAGE)
    assert all(set(row) == CHOSEN for row in DEFAULTS.values())
    assert {kind: ways({}, kind) for kind in PAGE} == PAGE


def test_the_forms_know_every_kind_and_every_channel():
    kinds = {field.alias or name for name, field in NotificationsForm.model_fields.items()}
    assert kinds == {kind.value for kind in NoticeKind}
    assert set(ChannelsForm.model_fields) == {channel.value for channel in CHOSEN}


@pytest.mark.parametrize("kind", PAGE)
def test_what_is_chosen_holds_for_its_kind_and_channel_alone(kind):
    for place, channel in enumerate(("live", "email", "push")):
        chosen = not PAGE[kind][place]
        preferences = {"notifications": {kind: {channel: chosen}}, "theme": "dark"}
        for other, row in PAGE.items():
            expected = tuple(chosen if (other, k) == (kind, place) else way for k, way in enumerate(row))
            assert ways(preferences, other) == expected


@pytest.mark.parametrize(
    "malformed",
    [
        None, True, 1, "loud", [], ["job.dispatched"], {}, {"job.dispatched": None}, {"job.dispatched": True},
        {"job.dispatched": ["live"]}, {"job.dispatched": {"live": "no", "email": 1, "push": None, "fax": True}},
        {"job.flown": {"live": False}}, {1: {"live": False}},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_as_if_it_had_not_been_chosen(malformed):
    preferences = {"notifications": malformed, "theme": "dark"}
    assert {kind: ways(preferences, kind) for kind in PAGE} == PAGE
    assert choices(preferences) == {}
    assert readable(preferences) == {"theme": "dark"}


def test_what_of_a_choice_can_be_read_holds_beside_what_cannot():
    preferences = {"notifications": {"job.dispatched": {"live": False, "email": "yes"}, "announcement": 3}}
    assert ways(preferences, "job.dispatched") == (False, False, True)
    assert readable(preferences) == {"notifications": {"job.dispatched": {"live": False}}}


def test_of_a_kind_that_somebody_else_brings_the_open_connections_are_told():
    assert channels_for(a_user(1), "weather.changed") == (True, ())
