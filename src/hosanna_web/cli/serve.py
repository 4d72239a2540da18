"""`hosanna serve`: the API on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import socket
    import ssl

    from hosanna_web.composition import System
    from hosanna_web.first_administrator import Installed
    from hosanna_web.settings import Settings


@click.command()
@click.option("--memory", is_flag=True, help="Keep everything in memory; it is gone when the server stops.")
def serve(*, memory: bool) -> None:
    """Serve the API until Ctrl-C or SIGTERM.

    Without MONGODB_URI everything is kept in the data folder.
    """
    from hosanna_web.cli.server import address, listening_socket
    from hosanna_web.cli.tls import tls_context
    from hosanna_web.settings import load_settings

    settings = load_settings()
    files = (settings.tls_cert_file, settings.tls_key_file)
    tls = None if files[0] is None or files[1] is None else tls_context(files[0], files[1])
    with listening_socket(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        # With the port that it really is: links may begin with it.
        settings = settings.model_copy(update={"port": port})
        url = address(settings.host, port, secure=tls is not None)
        while _served(settings, url, listener, tls, memory=memory):
            # Who knocks meanwhile waits.
            click.echo("The store was restored.")


def _served(
    settings: Settings, url: str, listener: socket.socket, tls: ssl.SSLContext | None, *, memory: bool
) -> bool:
    """Serve until told to stop; whether that was because the store was restored, and another server is to begin."""
    import asyncio

    from hosanna_web.app import create_app
    from hosanna_web.cli.server import AnnouncingServer
    from hosanna_web.composition import open_system
    from hosanna_web.first_administrator import install_first
    from hosanna_web.logs import keeping_log, log_settings
    from hosanna_web.measuring import Measures
    from hosanna_web.serving import web_settings

    measures = Measures()
    with (
        keeping_log(log_settings(settings), measures.lost_lines),
        open_system(settings, memory=memory) as system,
    ):
        installed = install_first(system)
        web = web_settings(system)
        begun_anew = asyncio.Event()
        app = create_app(
            system.ports,
            web=web,
            interrupt=system.interrupt,
            restored=begun_anew.set,
            conditions=system.conditions,
            measures=measures,
            plugins=system.plugins,
        )
        server = AnnouncingServer(
            app,
            lambda: _announce(url, system, installed),
            threshold=web.threshold(),
            tls=tls,
            farewell=app.end_streams,
            anew=begun_anew,
            refused=measures.refused_outright,
        )
        server.run([listener.dup()])
        return begun_anew.is_set()


def _announce(url: str, system: System, installed: Installed | None) -> None:
    from hosanna_core.usecases.users import oldest_administrator

    click.echo(
        f"Hosanna is at {url}, its documentation at {url}/docs. Store: {system.store}. Ctrl-C stops it."
    )
    if installed is not None and installed.password is not None:
        # To the terminal and nowhere else: this is the only time that anybody sees it.
        click.echo(
            "The store was empty, so there is a first Administrator now. This is shown once:\n"
            f"  e-mail    {installed.email}\n"
            f"  password  {installed.password}"
        )
    elif oldest_administrator(system.ports) is None:
        click.echo(
            "There is no Administrator yet, and nobody can make users. Make one, now or at any time:\n"
            "  hosanna admin create --email you@example.com --name 'Your Name'",
            err=True,
        )
