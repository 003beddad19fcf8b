"""The guide is run: every ```sh block of docs/guide and of the examples, in order, one folder a page. Both languages say the same."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from kit import data
from kit.program import ROOT, environment

GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
PAIRS = [(ROOT / "README.md", ROOT / "README.ko.md")] + [
    (page, ROOT / "docs" / "ko" / page.relative_to(ROOT / "docs")) for folder in ("guide", "reference") for page in sorted((ROOT / "docs" / folder).glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


def blocks(page):
    """[(language, text)] of a page's fenced blocks."""
    return FENCE.findall(page.read_text(encoding="utf-8"))


def headings(page):
    """Levels of a page's headings, fenced blocks left out."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [len(m) for m in re.findall(r"^(#+) ", text, re.M)]


def prepare(folder):
    """What a page may take as there: an input, and results over it."""
    (folder / "data").mkdir()
    data.events(folder / "data" / "events", rows=3000)
    data.copy("SELECT 'user_' || lpad(i::VARCHAR, 6, '0') AS user_id, ['KR', 'DE', 'US'][1 + (i % 3)::INT] AS country FROM range(200) t(i)", folder / "data" / "users.parquet")


@pytest.mark.parametrize("page", GUIDE, ids=lambda p: p.stem)
def test_guide_runs(kindling, tmp_path, page):
    if page.stem != "first-run":
        prepare(tmp_path)
    env = environment({"PATH": f"{Path(kindling.binary).parent}:{os.environ['PATH']}"})
    ran = 0
    for language, text in blocks(page):
        if language == "sql" and text.startswith("-- file: "):
            (tmp_path / text.split("\n")[0].removeprefix("-- file: ")).write_text(text)
        if language == "sh":
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, f"{page.name}:\n{text}\n{done.stdout}\n{done.stderr}"
            ran += 1
    assert ran > 0


@pytest.mark.parametrize("english, korean", PAIRS, ids=lambda p: p.name)
def test_both_languages(english, korean):
    assert headings(english) == headings(korean)
    ours, theirs = blocks(english), blocks(korean)
    assert [language for language, _ in ours] == [language for language, _ in theirs]
    for (language, a), (_, b) in zip(ours, theirs):
        if language in ("sh", "sql", "python"):
            assert code(a) == code(b), korean.name
    assert len(links(english)) == len(links(korean)), korean.name


def links(page):
    return re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))


def code(text):
    """A block without its comments, which may be in either language."""
    lines = [re.sub(r"(^|\s+)(#|--)( .*)?$", "", line) for line in text.split("\n")]
    return [line.rstrip() for line in lines if line.strip()]


def test_links_lead_somewhere():
    pages = [p for p in ROOT.glob("**/*.md") if not any(part.startswith((".", "build")) for part in p.relative_to(ROOT).parts)]
    broken = [f"{page.relative_to(ROOT)}: {target}" for page in pages for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
              if not (page.parent / target).exists()]
    assert not broken, broken
