"""run --performance-test: plain against optimised, checked equal; planted faults must show."""

import pytest

from kit import data, readers

JOB = "batch-processing"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return data.events(tmp_path_factory.mktemp("performance") / "in", rows=5000, days=10)


def test_report(kindling, source, tmp_path):
    out = tmp_path / "out"
    result = kindling("run", JOB, "--input", source, "--output", out, "--performance-test", "--runs", 3, "--json")
    report = result.json["performance_test"]
    assert report["runs"] == 3 and report["all_equal"] is True
    assert [o["name"] for o in report["outputs"]] == ["daily-activity", "monthly-summary", "input-metrics"]
    for output in report["outputs"]:
        assert output["equal"] is True
        for side in ("plain", "optimised"):
            times = output[side]
            assert 0 < times["lowest_seconds"] <= times["median_seconds"] <= times["highest_seconds"]
            assert times["cpu_seconds"] >= 0 and times["peak_memory_bytes"] >= 0
        assert output["speed_up"] == pytest.approx(output["plain"]["median_seconds"] / output["optimised"]["median_seconds"], rel=0.01)
    assert report["speed_up"] > 0


def test_table(kindling, source):
    text = kindling("run", JOB, "--input", source, "--performance-test", "--runs", 1).out
    for word in ("daily-activity", "plain", "optimised", "equal"):
        assert word in text.lower(), word


@pytest.mark.parametrize("output", ["monthly-summary"])
def test_planted_slow_path_shows(kindling, source, output):
    result = kindling("run", JOB, "--input", source, "--performance-test", "--runs", 1, "--json",
                      env={"KINDLING_FAULT": f"slow:optimised:{output}"})
    rows = {o["name"]: o for o in result.json["performance_test"]["outputs"]}
    assert rows[output]["speed_up"] < 0.5 and rows[output]["equal"] is True
    assert rows[output]["optimised"]["median_seconds"] > 1.5


def test_planted_slow_path_is_said_in_words(kindling, source):
    text = kindling("run", JOB, "--input", source, "--performance-test", "--runs", 1,
                    env={"KINDLING_FAULT": "slow:optimised:monthly-summary"}).out
    assert "slower" in text or "not faster" in text


def test_planted_wrong_path_shows_and_fails(kindling, source):
    env = {"KINDLING_FAULT": "wrong:optimised:daily-activity"}
    arguments = ["run", JOB, "--input", source, "--performance-test", "--runs", 1]
    report = kindling(*arguments, "--json", env=env, code=1).json["performance_test"]
    rows = {o["name"]: o for o in report["outputs"]}
    assert report["all_equal"] is False
    assert rows["daily-activity"]["equal"] is False and rows["daily-activity"]["difference"]
    assert rows["monthly-summary"]["equal"] is True
    text = kindling(*arguments, env=env, code=1).out
    assert "differ" in text


def test_publishes_nothing(kindling, source, tmp_path):
    out = tmp_path / "out"
    kindling("run", JOB, "--input", source, "--output", out)
    kindling("run", JOB, "--input", source, "--output", out, "--performance-test", "--runs", 1)
    assert readers.version(out / "daily-activity") == 0
    assert data.staging(out) == []
