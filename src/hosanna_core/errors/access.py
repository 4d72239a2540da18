"""Who is calling, what they may, and how often."""

from __future__ import annotations

from hosanna_core.errors.base import HosannaError


class Unauthenticated(HosannaError):
    """No valid token, or one whose owner may not act any more."""

    code = "unauthenticated"

    def __init__(
        self, detail: str = "This needs a valid access token: log in and send it as 'Bearer'."
    ) -> None:
        super().__init__(detail)


class BadCredentials(Unauthenticated):
    """The address and the password do not open an account; which of the two is never told."""

    code = "bad_credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong, or the account is not active.")


class CodeRequired(Unauthenticated):
    """The account has a second factor: log in again with its present code."""

    code = "second_factor_required"

    def __init__(self) -> None:
        super().__init__(
            "Send the present code of your second factor as 'code', or one of your recovery codes."
        )


class BadCode(Unauthenticated):
    """The one-time code is wrong, or was used before."""

    code = "invalid_code"

    def __init__(self) -> None:
        super().__init__("This code is wrong, too old, or was used before: wait for the next one.")


class BadRefreshToken(Unauthenticated):
    """The token is none of ours, or its session is over: log in again."""

    code = "invalid_refresh_token"

    def __init__(self) -> None:
        super().__init__("This refresh token is not valid any more: log in again.")


class BadResetToken(Unauthenticated):
    """The token is none of ours, older than ten minutes, or was used already."""

    code = "invalid_reset_token"

    def __init__(self) -> None:
        super().__init__("This link is not valid any more: ask for a new one.")


class PermissionDenied(HosannaError):
    """The caller may see the thing but not do this to it; *rule* says which rule refused."""

    code = "permission_denied"

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


class PluginRefused(PermissionDenied):
    """A plugin has narrowed the policy: what the matrix allows is not done here."""

    code = "plugin_refused"

    def __init__(self, rule: str, reason: str, plugin: str) -> None:
        super().__init__(rule, reason)
        self.plugin = plugin


class TooManyRequests(HosannaError):
    """More than may be asked within that time; nothing was looked at, nothing was changed."""

    code = "too_many_requests"

    def __init__(self, most: int, seconds: int, retry_after: int) -> None:
        super().__init__(
            f"At most {most} of these are taken in {seconds} seconds: try again in {retry_after}."
        )
        self.retry_after = retry_after
