"""The guide is run: every ```sh block of docs/guide and of the examples, in order, one folder a page. Both languages say the same."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from kit import data
from kit.program import ROOT, environment

GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
TRANSLATED = [ROOT / "README.md", *sorted(ROOT.glob("examples/*/README.md")), *GUIDE, *sorted((ROOT / "docs" / "reference").glob("*.md"))]
HANGUL = re.compile("[가-힣]")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


def blocks(page):
    """[(language, text)] of a page's fenced blocks."""
    return FENCE.findall(page.read_text(encoding="utf-8"))


def outline(page):
    """What a page is made of, in order: headings by level, paragraphs, list items, table rows by their number of bars, blocks by language."""
    parts, before = [], ""
    for line in FENCE.sub(r"\n```\1\n\n", page.read_text(encoding="utf-8")).split("\n"):
        mark = re.match(r"#+ |```\w*|[-*] |\d+\. ", line)
        if line.startswith("|"):
            parts.append("|" * line.count("|"))
        elif mark:
            parts.append(mark[0])
        elif line and not before:
            parts.append("transcript" if line.startswith("    ") else "paragraph")
        before = line
    return parts


def twin(page):
    """Where the Korean page of an English one is: README.ko.md beside README.md, docs/ko/x for docs/x."""
    if page.name == "README.md":
        return page.with_name("README.ko.md")
    docs = ROOT / "docs"
    return docs / "ko" / page.relative_to(docs) if page.is_relative_to(docs) else page


def links(page):
    """Where a page's links lead, without those to other sites and within the page."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return [(page.parent / target).resolve() for target in targets]


def code(text):
    """A block without its comments, which may be in either language."""
    lines = [re.sub(r"(^|\s+)(#|--)( .*)?$", "", line) for line in text.split("\n")]
    return [line.rstrip() for line in lines if line.strip()]


def commands(page):
    """The command lines of indented transcripts."""
    return re.findall(r"^ {4}\$ (.*)$", page.read_text(encoding="utf-8"), re.M)


def prose(page):
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page):
    """The code within sentences and how often it stands there."""
    return Counter(re.findall(r"`([^`\n]+)`", prose(page)))


def literals(page):
    """Numbers in digits and names of options, outside code."""
    return Counter(re.findall(r"--[a-z][a-z-]+|\d[\d,.]*\d|\d", re.sub(r"`[^`\n]+`", "", prose(page))))


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


@pytest.mark.parametrize("english", TRANSLATED, ids=lambda p: str(p.relative_to(ROOT)))
def test_both_languages(english):
    korean = twin(english)
    assert outline(english) == outline(korean)
    for (language, ours), (_, theirs) in zip(blocks(english), blocks(korean)):
        if language in ("sh", "sql", "python"):
            assert code(ours) == code(theirs)
        else:
            assert len(ours.split("\n")) == len(theirs.split("\n"))
            assert {line for line in theirs.split("\n") if not HANGUL.search(line)} <= set(ours.split("\n"))
    assert commands(english) == commands(korean)
    missing, added = spans(english) - spans(korean), spans(korean) - spans(english)
    assert missing.total() == added.total(), (missing, added)
    assert all(HANGUL.search(span) for span in added), (missing, added)
    assert not literals(english) - literals(korean)  # Korean may have more: 1월 for January


@pytest.mark.parametrize("english", TRANSLATED, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_stay_in_the_language(english):
    """The Korean page links what the English one links, in Korean where that is there; the two may link each other."""
    korean = twin(english)
    expected = [english if target == korean else twin(target) if twin(target).exists() else target for target in links(english)]
    assert sorted(links(korean)) == sorted(expected)


def test_links_lead_somewhere():
    pages = [p for p in ROOT.glob("**/*.md") if not any(part.startswith((".", "build")) for part in p.relative_to(ROOT).parts)]
    broken = [f"{page.relative_to(ROOT)}: {target}" for page in pages for target in links(page) if not target.exists()]
    assert not broken, broken
