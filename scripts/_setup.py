"""The set-up behind scripts/setup, with the standard library only: Java, disk, Python packages, jars."""

import argparse
import fcntl
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from _checks import JARS, LOG, ROOT, TOOLS, VENV, Jar, SetupError, call, check_disk, check_jar, check_java, locked_jars

STAMP = TOOLS / "stamp.json"
UV_VERSION = (0, 13, 9)  # what is installed where no uv of at least the same minor version is on the PATH
EXIT = 4


def say(text: str) -> None:
    """Show one line of progress."""
    print(f"set-up: {text}", file=sys.stderr, flush=True)


def find_uv() -> Path:
    """Return a uv that can read the lock: that on the PATH, else the pinned one, installed in .tools/."""
    installed = TOOLS / "uv" / "bin" / "uv"
    for uv in (shutil.which("uv"), installed):
        if uv and os.access(uv, os.X_OK):
            said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout
            version = re.match(r"uv (\d+)\.(\d+)", said)
            if version and (int(version[1]), int(version[2])) >= UV_VERSION[:2]:
                return Path(uv)
    say("uv, the installer of the Python packages …")
    call([sys.executable, "-m", "venv", "--clear", installed.parent.parent], "Python cannot make an environment")
    pinned = f"uv=={'.'.join(map(str, UV_VERSION))}"
    call([installed.with_name("python"), "-m", "pip", "install", "--no-input", pinned], "uv could not be installed")
    return installed


def fetch_jars(jars: list[Jar], java_home: Path) -> None:
    """Fetch jars with the Ivy that is shipped inside pyspark, verify them, and put them where Spark's settings look."""
    say(f"{len(jars)} jars for Spark (about 80 MB) …")
    JARS.mkdir(exist_ok=True)
    ivy = next(spark_home().glob("jars/ivy-*.jar"))
    with tempfile.TemporaryDirectory(dir=TOOLS) as made:
        folder = Path(made)
        names = (jar.coordinate.split(":") for jar in jars)
        wanted = "".join(
            f'<dependency org="{org}" name="{name}" rev="{rev}" conf="default->master" transitive="false"/>'
            for org, name, rev in names
        )
        (folder / "ivy.xml").write_text(
            '<ivy-module version="2.0"><info organisation="stclusters" module="jars"/>'
            f'<configurations><conf name="default"/></configurations><dependencies>{wanted}</dependencies></ivy-module>'
        )
        command: list[str | Path] = [java_home / "bin" / "java", *proxy_options(), "-jar", ivy]
        if "STCLUSTERS_IVY_SETTINGS" in os.environ:
            command += ["-settings", Path(os.environ["STCLUSTERS_IVY_SETTINGS"])]
        command += ["-cache", folder / "cache", "-ivy", folder / "ivy.xml"]
        call([*command, "-retrieve", folder / "[artifact]-[revision].[ext]"], "The jars could not be fetched")
        for jar in jars:
            fetched = folder / jar.file.name
            if not fetched.exists():
                raise SetupError(
                    f"{jar.coordinate} was not found: check conf/jars.lock; the details are in build/setup.log."
                )
            check_jar(jar, fetched)
            fetched.replace(jar.file)


def proxy_options() -> list[str]:
    """Return the proxy of HTTPS_PROXY in Java's way of saying it."""
    proxy = urllib.parse.urlsplit(os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY") or "")
    if not proxy.hostname:
        return []
    return [f"-Dhttps.proxyHost={proxy.hostname}", f"-Dhttps.proxyPort={proxy.port or 443}"]


def spark_home() -> Path:
    """Return the folder of pyspark in the environment."""
    return next(VENV.glob("lib/python3.*/site-packages/pyspark"))


def inputs_digest() -> str:
    """Return a hash of all that the installed packages depend on, the place of the project included."""
    files = ("uv.lock", "pyproject.toml", "conf/jars.lock")
    texts = [(ROOT / file).read_bytes() for file in files]
    return hashlib.sha256(b"\0".join([str(ROOT).encode(), platform.platform().encode(), *texts])).hexdigest()


def write_environment(java_home: Path, uv: Path) -> None:
    """Write the variables that the other scripts read with `source`."""
    variables = {
        "JAVA_HOME": java_home,
        "SPARK_HOME": spark_home(),
        "PYSPARK_PYTHON": VENV / "bin" / "python",
        "PYSPARK_DRIVER_PYTHON": VENV / "bin" / "python",
        "UV": uv,
    }
    lines = [f"export {name}={shlex.quote(str(value))}" for name, value in variables.items()]
    lines.append('export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"')
    lines.append("unset PYTHONPATH PYTHONHOME")
    target = TOOLS / "environment.sh"
    text = "\n".join(lines) + "\n"
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


def set_up(groups: set[str]) -> None:
    """Do what is not done yet; say nothing where all is done."""
    started = time.monotonic()
    java_home = check_java()
    digest = inputs_digest()
    stamp = json.loads(STAMP.read_text()) if STAMP.exists() and (VENV / "bin" / "python").exists() else {}
    synced = stamp.get("digest") == digest and groups <= set(stamp["groups"]) and Path(stamp["uv"]).exists()
    check_disk(first="digest" not in stamp)
    jars = locked_jars()
    for jar in jars:
        if jar.file.exists():
            check_jar(jar, jar.file)
    missing = [jar for jar in jars if not jar.file.exists()]
    if synced and not missing:
        write_environment(java_home, Path(stamp["uv"]))
        return

    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text(time.strftime("%Y-%m-%dT%H:%M:%S%z\n"))
    uv = find_uv()
    if not synced:
        say("Python packages (about 500 MB at the first time) …")
        chosen: list[str | Path] = [part for group in sorted(groups) for part in ("--group", group)]
        options = ["--locked", "--inexact", "--no-default-groups", "--extra", "spark", "--python", sys.executable]
        sync = [uv, "sync", *options, *chosen]
        call(sync, "The Python packages could not be installed")
    if missing:
        fetch_jars(missing, java_home)
    kept = set(stamp["groups"]) if stamp.get("digest") == digest else set()
    STAMP.write_text(json.dumps({"digest": digest, "groups": sorted(groups | kept), "uv": str(uv)}))
    write_environment(java_home, uv)
    say(f"done in {time.monotonic() - started:.0f} s")


def main() -> int:
    """Set up under a lock, so that two set-ups at once do not do the same work; return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description="Set up the Python packages and the jars.")
    parser.add_argument(
        "--group", action="append", default=[], metavar="NAME", help="a dependency group of pyproject.toml"
    )
    arguments = parser.parse_args()
    try:
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            set_up(set(arguments.group))
    except SetupError as sentence:
        print(sentence, file=sys.stderr)
        return EXIT
    except OSError as broken:
        print(f"The set-up could not read or write {broken.filename}: {broken.strerror}.", file=sys.stderr)
        return EXIT
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
