"""What CI runs installs what is missing where it may, allows no skip, and ends with what scripts/test says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline import ROOT

TEST = '#!/usr/bin/env bash\necho "skips: $STCLUSTERS_NO_SKIP, arguments: $*"\necho "2 passed in 1 s"\n'
ENDS = ["skips: 1, arguments: --durations=25", "2 passed in 1 s"]


@pytest.mark.parametrize(
    ("user", "has_npm", "apt_get", "called", "said"),
    [
        (0, True, 0, [], ""),
        (0, False, 0, ["update -qq", "install -y -qq --no-install-recommends nodejs npm"], ""),
        (0, False, 100, ["update -qq"], "apt-get could not install them: the tests of them will fail."),
        (0, False, None, [], "They are not installed, for that takes root and apt-get: the tests of them will fail."),
        (1000, False, 0, [], "They are not installed, for that takes root and apt-get: the tests of them will fail."),
    ],
)
def test_what_is_missing_is_installed_where_it_may_be(
    tmp_path: Path, user: int, has_npm: bool, apt_get: int | None, called: list[str], said: str
) -> None:
    calls = tmp_path / "calls"
    calls.touch()
    tools = {"id": f"echo {user}", "apt-get": f'echo "$@" >> {calls}; echo loud; exit {apt_get}', "npm": ":"}
    left_out = {"npm": has_npm, "apt-get": apt_get is not None}
    (tmp_path / "bin").mkdir()
    for name in ("bash", "env", "cat"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    for name, code in tools.items():
        if left_out.get(name, True):
            (tmp_path / "bin" / name).write_text(f"#!/usr/bin/env bash\n{code}\n")
    project = tmp_path / "the project"
    for name, code in ((".ci/run", (ROOT / ".ci/run").read_text()), ("scripts/test", TEST)):
        (project / name).parent.mkdir(parents=True)
        (project / name).write_text(code.replace("/usr/bin/chromium", str(tmp_path / "bin/bash")))
    for file in (*(tmp_path / "bin").glob("[ian]*"), project / ".ci/run", project / "scripts/test"):
        file.chmod(0o755)
    done = subprocess.run(
        [project / ".ci/run"], env={"PATH": str(tmp_path / "bin")}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()) == (0, ENDS)
    assert calls.read_text().splitlines() == called
    assert said in done.stderr
    assert ("Missing: nodejs npm." in done.stderr.replace("  ", " ")) is bool(said)
