"""What scripts/setup asks of the machine, with the standard library only: Java, disk, the locked jars, tools."""

import hashlib
import math
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
JARS = ROOT / ".jars"
LOG = ROOT / "build" / "setup.log"

JAVA_VERSIONS = (17, 21)
FIRST_GB, LATER_GB = 3.0, 0.5  # free disk that the first set-up, and a run after it, may take
INSTALL_JAVA = "install it, for example with `apt-get install openjdk-17-jre-headless`, or set JAVA_HOME."

CAUSES = (  # what the log of a failed tool holds, and the sentence for it; the first that fits is said
    (r"No space left on device", "The disk filled up: free some space and run again"),
    (
        r"certificate|SSLHandshake|PKIX",
        "The certificate of a package index is not trusted: set SSL_CERT_FILE to your organisation's certificates "
        "(for Java, JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=FILE) and run again",
    ),
    (
        r"ensurepip is not",
        "Python cannot make an environment: install it, for example with `apt-get install python3-venv`",
    ),
    (
        r"lockfile .*(needs to be updated|is outdated)|--locked",
        "uv.lock does not fit pyproject.toml, or another package index is set (UV_DEFAULT_INDEX, UV_INDEX): unset the "
        "index or run `uv lock`",
    ),
    (
        r"NewConnectionError|ConnectTimeout|onnection refused|timed out|UnknownHost|dns error|failed to lookup|"
        r"Network is unreachable|from versions: none|error sending request|Server access error|"
        r"Failed to fetch|MaxRetryError|offline",
        "The package index cannot be reached: check the network and the proxy variables (HTTPS_PROXY), and run again",
    ),
)


class SetupError(Exception):
    """What stops the set-up: one sentence that names cause and cure."""


class Jar(NamedTuple):
    """One line of conf/jars.lock."""

    coordinate: str
    sha256: str
    file: Path


def check_java() -> Path:
    """Return the home of a Java of a wanted version: that of JAVA_HOME, else that on the PATH."""
    unfit = ""
    java_home = os.environ.get("JAVA_HOME")
    for java in (java_home and f"{java_home}/bin/java", shutil.which("java")):
        if not java or not os.access(java, os.X_OK):
            continue
        asked = subprocess.run(
            [java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False
        )
        settings = dict(re.findall(r"^\s*(java\.\S+) = (.*?)\s*$", asked.stderr + asked.stdout, flags=re.MULTILINE))
        version = settings.get("java.specification.version", "unknown").removeprefix("1.")
        if version.isdigit() and int(version) in JAVA_VERSIONS:
            return Path(settings["java.home"])
        unfit = unfit or f"{java} is version {version}"
    wanted = " or ".join(map(str, JAVA_VERSIONS))
    raise SetupError(f"Java {wanted} is needed and {unfit or 'none was found'}: {INSTALL_JAVA}")


def check_disk(first: bool) -> None:
    """Refuse where the project's disk, or that of uv's cache, has too little space for what is to be done.

    STCLUSTERS_DISK_GB replaces the space that is asked for; 0 turns the check off.
    """
    text = os.environ.get("STCLUSTERS_DISK_GB", "")
    try:
        needed = float(text or (FIRST_GB if first else LATER_GB))
    except ValueError:
        needed = math.nan
    if not 0 <= needed < math.inf:
        raise SetupError(f"STCLUSTERS_DISK_GB is {text!r}: set it to a number of gigabytes, 0 for no check.")
    cache = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for folder in {ROOT, cache} if first else {ROOT}:
        standing = next(path for path in (folder, *folder.resolve().parents) if path.exists())
        free = shutil.disk_usage(standing).free / 1e9
        if free < needed:
            raise SetupError(
                f"{needed:g} GB of free disk are needed and {standing} has {free:.1f} GB: free some space, or set "
                "STCLUSTERS_DISK_GB to ask for less."
            )


def locked_jars() -> list[Jar]:
    """Return the lines of conf/jars.lock."""
    lines = (ROOT / "conf" / "jars.lock").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [Jar(coordinate, sha256, JARS / file) for coordinate, sha256, file in rows]


def check_jar(jar: Jar, file: Path) -> None:
    """Refuse a file that is not the locked one."""
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != jar.sha256:
        raise SetupError(
            f"{os.path.relpath(file, ROOT)} has the SHA-256 {found} and conf/jars.lock wants {jar.sha256}: "
            "delete the file and run again to fetch it anew."
        )


def call(command: list[str | Path], failed: str) -> None:
    """Run a tool with its output in the log; where it fails, raise the sentence that fits its output."""
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {shlex.join(map(str, command))}\n")
        log.flush()
        start = log.tell()
        done = subprocess.run(
            command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=tool_variables(), check=False
        )
    if done.returncode:
        output = LOG.read_bytes()[start:].decode("utf-8", errors="replace")
        causes = (sentence for pattern, sentence in CAUSES if re.search(pattern, output))
        raise SetupError(f"{next(causes, failed)}; the details are in {os.path.relpath(LOG, ROOT)}.")


def tool_variables() -> dict[str, str]:
    """Return the user's variables, with the system's certificates and this project's folders for uv."""
    own = {name: text for name, text in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    if "PIP_CERT" in own:
        own.setdefault("SSL_CERT_FILE", own["PIP_CERT"])
    certificates = {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}  # one name of now, one of older versions
    folders = {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    return {**certificates, "UV_HTTP_TIMEOUT": own.get("PIP_DEFAULT_TIMEOUT", "120"), **own, **folders}
