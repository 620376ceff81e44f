"""What the tests of the plugin share."""

import pathlib

import pytest

pytest_plugins = ["pytester"]

DOCUMENT = pathlib.Path(__file__).parents[4] / "docs" / "testing.md"


def blocks(language):
    """The blocks of the documentation in a language, by the file's name in the line above each."""
    found, name, lines, inside = {}, None, [], False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if inside and line == "```":
            found[name] = "\n".join(lines) + "\n"
            inside, lines, name = False, [], None
        elif inside:
            lines.append(line)
        elif line == f"```{language}" and name is not None:
            inside = True
        elif line.startswith("`") and line.endswith("`:"):
            name = line[1:-2]
        elif line:
            name = None
    return found


@pytest.fixture
def run(pytester):
    """Runs a file of tests, and gives how it ended."""

    def run(source, *options):
        pytester.makepyfile(test_it=source)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)

    return run
