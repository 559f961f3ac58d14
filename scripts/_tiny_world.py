"""A tiny world and runs of it as processes of their own, for scripts/stop_and_kill.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
MARK = "STCLUSTERS_STOP_AND_KILL"  # names a run in the environment of all its processes
GONE_WITHIN_S = 60.0
SETTINGS = {"min_weight": "5.0", "sensitivity_radii_m": "[]", "least_located": "0.6", "bootstrap_replicates": "40"}
PLACE = """
tables = "{folder}/tables"
published = "{folder}/published"
spark_conf = "conf/spark.conf"
[source]
folder = "{folder}/input"
name = "Tiny"
licence = "CC0 1.0"
attribution = "nobody"
redistribute = true
"""


class Failed(Exception):
    """A check that does not hold."""


class World:
    """A tiny input, and the commands that run it with one method or another."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "input").mkdir(parents=True)
        self.folder = folder
        addresses, documents = ["document_id,kind,person_id,lon,lat,economy"], ["document_id,kind,year"]
        for number in range(20):
            lon, lat, economy = (2.35, 48.86, "FR") if number % 2 else (-0.13, 51.51, "GB")
            addresses += [f"P{number},patent,{person},{lon + number / 1000:.6f},{lat},{economy}" for person in "ab"]
            documents.append(f"P{number},patent,2020")
        addresses += ["W1,article,x,2.35,48.86,FR", "W1,article,y,-0.13,51.51,GB"]
        documents.append("W1,article,2020")
        (folder / "input/addresses.csv").write_text("\n".join(addresses) + "\n")
        (folder / "input/documents.csv").write_text("\n".join(documents) + "\n")
        (folder / "place.toml").write_text(PLACE.format(folder=folder))
        for top in (100, 1):
            settings = {**SETTINGS, "top_clusters": str(top)}
            lines = (ROOT / "conf/method.toml").read_text().splitlines()
            for key, value in settings.items():
                lines = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in lines]
            (folder / f"method{top}.toml").write_text("\n".join(lines))

    def command(self, top: int, first: str) -> list[str]:
        """The run from a step on, with a method of so many top clusters."""
        files = ["--method", f"{self.folder}/method{top}.toml", "--place", f"{self.folder}/place.toml"]
        return [sys.executable, "jobs/run_all.py", *files, "--edition", "2024", "--from", first]


class Started:
    """A command in a process group of its own; what it says is in a file."""

    def __init__(self, said: Path, command: list[str]) -> None:
        self._said, self._name = said, uuid.uuid4().hex
        with said.open("w") as stream:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, MARK: self._name},
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )

    def said(self) -> str:
        """What it has said so far."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """All its processes that run, those that have lost their parent too."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(MARK) == self._name and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def kill_all(self) -> None:
        """Ends all its processes by `kill -9`."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def seconds_until_gone(self) -> float:
        """Waits until none of its processes is left."""
        begun = time.monotonic()
        while self.processes():
            if time.monotonic() - begun > GONE_WITHIN_S:
                raise Failed(f"after {GONE_WITHIN_S:.0f} s there are still {self.processes()}")
            time.sleep(0.1)
        return time.monotonic() - begun


def run_whole(world: World, top: int, first: str) -> float:
    """Runs a command to its end; its seconds."""
    begun = time.monotonic()
    run = Started(world.folder / "said", world.command(top, first))
    if run.process.wait() != 0:
        raise Failed(f"a run that nobody stops ended with {run.process.returncode}:\n{run.said()}")
    return time.monotonic() - begun
