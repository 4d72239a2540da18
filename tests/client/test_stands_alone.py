"""The client is for programs that have no server: it brings nothing of one with it."""

import subprocess
import sys

SHOW = """
import sys
import hosanna_web.client
for name in sorted(sys.modules):
    print(name)
"""


def test_importing_it_loads_nothing_else_of_hosanna_and_nothing_of_a_server() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    ours = {name for name in loaded if name.startswith("hosanna")}
    assert {name for name in ours if not name.startswith("hosanna_web.client")} == {"hosanna_web"}
    assert "hosanna_web.client.following" in ours
    assert {"litestar", "uvicorn", "pydantic", "msgspec", "cryptography"}.isdisjoint(loaded)
