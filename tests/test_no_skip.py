"""What becomes of skips where STCLUSTERS_NO_SKIP is set, in a pytest of its own."""

from __future__ import annotations

import pytest

CONFTEST = "from no_skip import pytest_make_collect_report, pytest_runtest_makereport"
SKIPS = """
import pytest

@pytest.fixture
def nothing():
    pytest.skip("no Chromium")

def test_in_a_fixture(nothing): ...
def test_in_the_test(): pytest.skip("no Chromium")
def test_import(): pytest.importorskip("no_such_module")

@pytest.mark.skip(reason="no Chromium")
def test_mark(): ...

@pytest.mark.skipif(True, reason="no Chromium")
def test_condition(): ...

@pytest.mark.parametrize("x", [])
def test_no_parameters(x): ...

@pytest.mark.xfail(reason="not yet")
def test_expected_to_fail(): assert False

@pytest.mark.xfail(run=False, reason="not yet")
def test_expected_to_fail_and_not_run(): ...
"""
ALLOWED = """
import pytest

@pytest.mark.parametrize("reason", ["no GPU here", "not on this platform", "mounting takes privileges"])
def test_allowed(reason): pytest.skip(reason)

def test_passes(): ...
def test_left_out(): ...
"""
MODULES = {
    "skip": "import pytest\npytest.skip('no Chromium', allow_module_level=True)",
    "import": "import pytest\npytest.importorskip('no_such_module')",
}


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("STCLUSTERS_NO_SKIP", "1")
    pytester.makeconftest(CONFTEST)
    return pytester


def test_every_kind_of_skip_is_a_failure_that_says_why(suite: pytest.Pytester) -> None:
    suite.makepyfile(SKIPS)
    done = suite.runpytest("--randomly-dont-reorganize", "-rA")
    done.assert_outcomes(failed=3, errors=5)  # an error: before the test itself
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*no Chromium", "Skips are failures here (STCLUSTERS_NO_SKIP=1)*"])


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_a_module_that_is_skipped_while_tests_are_collected_is_an_error(suite: pytest.Pytester, module: str) -> None:
    suite.makepyfile(module)
    done = suite.runpytest("--randomly-dont-reorganize")
    done.assert_outcomes(errors=1)
    assert done.ret == pytest.ExitCode.INTERRUPTED


def test_a_missing_gpu_platform_or_privilege_is_a_skip_and_a_deselected_test_is_none(suite: pytest.Pytester) -> None:
    suite.makepyfile(ALLOWED)
    done = suite.runpytest("--randomly-dont-reorganize", "-k", "not left_out")
    done.assert_outcomes(skipped=3, passed=1, deselected=1)
    assert done.ret == 0


def test_without_the_switch_a_skip_is_a_skip(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STCLUSTERS_NO_SKIP")
    suite.makepyfile(SKIPS)
    suite.runpytest("--randomly-dont-reorganize").assert_outcomes(skipped=6, xfailed=2)
