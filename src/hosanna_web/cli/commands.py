"""The commands by name; each is loaded when it is called, so that `hosanna --help` waits for none of them."""

from __future__ import annotations

import errno
import io
import sys
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import click

from hosanna_core.errors import HosannaError, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

# fmt: off
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    # name    what it does                                        where it is
    "serve":  ("Serve the API until Ctrl-C or SIGTERM.",          "hosanna_web.cli.serve:serve"),
    "admin":  ("Make Administrators, and let people in again.",   "hosanna_web.cli.admin:admin"),
    "import": ("Bring in jobs from a CSV or JSON Lines file.",    "hosanna_web.importing.cli:import_command"),
    "demo":   ("Play a month, or a year of real permits.",        "hosanna_web.demo.cli:demo_command"),
    "plan":   ("Plan a day, draw it, and book it.",               "hosanna_web.cli.plan:plan"),
    "report": ("Say how the work goes, and who works how much.",  "hosanna_web.cli.report:report"),
    "audit":  ("Verify the audit trail, or export it.",           "hosanna_web.cli.audit:audit"),
    "backup": ("Write the whole store into one file.",            "hosanna_web.cli.backup:backup"),
    "restore": ("Put a backup into an empty store.",              "hosanna_web.cli.backup:restore"),
    "export": ("Write jobs, completed work or customers into a file.", "hosanna_web.cli.export:export"),
    "privacy": ("Hand out what is known of a person, or erase it.", "hosanna_web.cli.privacy:privacy"),
    "encryption": ("Encrypt what is personal in the store.",      "hosanna_web.cli.encryption:encryption"),
    "plugins": ("List the plugins, and say how each is.",         "hosanna_web.cli.plugins:plugins"),
    "routes": ("List the API's paths and who may use them.",      "hosanna_web.cli.routes:routes"),
    "config": ("Show the effective configuration, secrets hidden.", "hosanna_web.cli.config:config"),
}
# fmt: on


class WrongEnvironment(click.ClickException):
    """The environment variables are wrong: the same exit code as for wrong options."""

    exit_code = click.UsageError.exit_code


class CommandsByName(click.Group):
    """Loads a command when it is wanted, and says what went wrong in words."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Where the output is no UTF-8, what it cannot spell is a question mark there, and no command's end."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        return super().main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """The command of that name, None if there is none."""
        if cmd_name not in COMMANDS:
            return _brought(cmd_name)
        module, _, attribute = COMMANDS[cmd_name][1].partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """From the table, and what is said of the plugins: help loads nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (sentence, _) in COMMANDS.items()])
        if brought := _installed():
            with formatter.section("Plugins that may have commands"):
                formatter.write_dl(sorted(brought.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it refuses becomes one message on the standard error output."""
        from hosanna_web.data_folder import CannotStart
        from hosanna_web.settings import Misconfigured

        try:
            return super().invoke(ctx)
        except Misconfigured as error:
            raise WrongEnvironment(str(error)) from None
        except Invalid as error:
            flaws = "\n".join(
                f"  {flaw.pointer.lstrip('/') or 'input'} {flaw.message}" for flaw in error.flaws
            )
            raise click.ClickException(f"this cannot be accepted:\n{flaws}") from None
        except (CannotStart, HosannaError) as error:
            raise click.ClickException(str(error)) from None
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except OSError as error:
            # Whoever reads us may stop when they like: click ends without a word then.
            if error.errno == errno.EPIPE or error.strerror is None:
                raise
            where = "The output" if error.filename is None else error.filename
            raise click.ClickException(f"{where} cannot be used: {error.strerror}.") from error
        except Exception as error:
            name = ctx.invoked_subcommand
            if name is None or name in COMMANDS:
                raise
            raise click.ClickException(
                f"the plugin '{name}' failed: {type(error).__name__}: {error}"
            ) from error


def _installed() -> dict[str, str]:
    """The plugins that are installed, and what each says of itself; none is loaded."""
    from hosanna_web.plugins.finding import installed

    return {
        name: "" if first.dist is None else first.dist.metadata["Summary"] or ""
        for name, (first, *_) in installed().items()
        if name not in COMMANDS
    }


def _brought(name: str) -> click.Command | None:
    """The command of a plugin, None where no plugin of that name is installed."""
    if name not in _installed():
        return None
    from hosanna_web.cli.plugins import command_of

    return command_of(name)


@click.group(cls=CommandsByName, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("hosanna"), prog_name="hosanna")
def main() -> None:
    """Field service management for an electrical contractor.

    The configuration is environment variables: see `hosanna config`.
    """
