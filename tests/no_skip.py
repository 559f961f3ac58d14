"""With STCLUSTERS_NO_SKIP=1 a skipped test is a failed one, unless its reason names a GPU, a platform or a privilege.

The hooks of pytest, which conftest.py takes from here. CI sets the variable: a test that CI leaves out tests nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator

import pytest

ALLOWED = re.compile(r"\b(GPU|platform|privilege)s?\b")


def check_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Makes a report of a skip, or of an expected failure, a failed one where skips are not allowed."""
    if os.environ.get("STCLUSTERS_NO_SKIP") != "1" or not report.skipped:
        return
    if isinstance(report, pytest.TestReport) and hasattr(report, "wasxfail"):
        reason = f"expected to fail: {report.wasxfail}"
        del report.wasxfail
    else:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not ALLOWED.search(reason):
        report.outcome = "failed"
        report.longrepr = f"{reason}\nSkips are failures here (STCLUSTERS_NO_SKIP=1): install what the test needs."


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    check_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    check_skip(report)
    return report
