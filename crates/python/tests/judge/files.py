"""Files: sync and sync_dependencies."""

import os
import sys
import tempfile
from pathlib import Path

LISTING = """
def _walk(path):
    found = []
    for entry in os.ilistdir(path or "/"):
        name = path + "/" + entry[0]
        if entry[0].startswith((".", "_belay")):
            continue
        if entry[1] & 0x4000:
            found.append(name + "/")
            found += _walk(name)
        else:
            found.append(name)
    return sorted(found)
"""


def _made(files):
    folder = Path(tempfile.mkdtemp())
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
    return folder


def _there(bench, path=""):
    bench.device(LISTING)
    return bench.device(f"_walk({path!r})")


def _read(bench, name):
    return bench.device(f"open({name!r}, 'rb').read()")


def folder(bench):
    made = _made({"a.py": b"A = 1\n", "pkg/__init__.py": b"", "pkg/b.txt": b"text", "bin": bytes(range(256)) * 20})
    return bench.device.sync(made), _there(bench), len(_read(bench, "/bin")), _read(bench, "/pkg/b.txt")


def folder_as_text(bench):
    return bench.device.sync(str(_made({"only.txt": b"1"}))), _there(bench)


def code_is_minified(bench):
    made = _made({"code.py": b"# A comment.\ndef f():\n    '''Text.'''\n    return 1  # one\n"})
    bench.device.sync(made)
    return b"#" in _read(bench, "/code.py"), bench.device("__import__('code').f()")


def code_as_it_is(bench):
    source = b"# A comment.\nX = 1  # one\n"
    bench.device.sync(_made({"plain.py": source}), minify=False)
    return _read(bench, "/plain.py") == source


def what_is_gone_is_deleted(bench):
    bench.device.sync(_made({"one.txt": b"1", "two.txt": b"2", "sub/three.txt": b"3"}))
    bench.device.sync(_made({"two.txt": b"2"}))
    return _there(bench)


def boot_and_lib_stay(bench):
    bench.device.sync(_made({"boot.py": b"x = 1", "lib/m.py": b"y = 1", "gone.py": b"z = 1"}), keep=False)
    bench.device.sync(_made({"new.py": b"n = 1"}))
    return _there(bench)


def keep_nothing(bench):
    bench.device.sync(_made({"boot.py": b"x = 1"}))
    bench.device.sync(_made({"new.py": b"n = 1"}), keep=False)
    return _there(bench)


def keep_everything(bench):
    bench.device.sync(_made({"old.txt": b"1"}))
    bench.device.sync(_made({"new.txt": b"2"}), keep=True)
    return _there(bench)


def keep_a_file(bench):
    bench.device.sync(_made({"kept.txt": b"1", "gone.txt": b"2"}))
    bench.device.sync(_made({"new.txt": b"3"}), keep="kept.txt")
    return _there(bench)


def keep_several(bench):
    bench.device.sync(_made({"k1.txt": b"1", "sub/k2.txt": b"2", "gone.txt": b"3"}))
    bench.device.sync(_made({"new.txt": b"4"}), keep=["k1.txt", "sub"])
    return _there(bench)


def keep_wrong(bench):
    return bench.device.sync(_made({"a": b""}), keep=5)


def ignored_by_default(bench):
    made = _made({"a.py": b"", "a.pyc": b"x", "__pycache__/b.txt": b"y", ".DS_Store": b"z"})
    return bench.device.sync(made), _there(bench)


def ignored_pattern(bench):
    made = _made({"a.txt": b"1", "b.log": b"2", "sub/c.log": b"3"})
    return bench.device.sync(made, ignore="*.log"), _there(bench)


def ignored_patterns(bench):
    made = _made({"a.txt": b"1", "b.log": b"2", "skip/c.txt": b"3"})
    return bench.device.sync(made, ignore=["*.log", "skip"]), _there(bench)


def ignored_wrong(bench):
    return bench.device.sync(_made({"a": b""}), ignore=5)


def into_a_folder(bench):
    bench.device.sync(_made({"top.txt": b"1"}))
    bench.device.sync(_made({"in.txt": b"2"}), dst="/deep/deeper")
    return _there(bench)


def into_a_folder_with_a_slash(bench):
    bench.device.sync(_made({"in.txt": b"2"}), "/box/")
    return _there(bench, "/box")


def into_a_relative_folder(bench):
    return bench.device.sync(_made({"a": b""}), dst="relative")


def one_file(bench):
    bench.device.sync(_made({"before.txt": b"1"}))
    made = _made({"single.txt": b"alone"})
    return bench.device.sync(made / "single.txt"), _there(bench), _read(bench, "/single.txt")


def one_file_into_a_folder(bench):
    made = _made({"single.txt": b"alone"})
    return bench.device.sync(made / "single.txt", dst="/place"), _there(bench, "/place")


def nothing_there(bench):
    return bench.device.sync("/no/such/folder")


def empty_folder(bench):
    made = _made({})
    (made / "hollow").mkdir()
    return bench.device.sync(made), _there(bench)


def changed_file(bench):
    bench.device.sync(_made({"f.txt": b"old"}))
    bench.device.sync(_made({"f.txt": b"new"}))
    return _read(bench, "/f.txt")


def progress(bench):
    seen = []

    def update(**facts):
        seen.append(facts)

    bench.device.sync(_made({"p1.txt": b"1", "p2.txt": b"2"}), keep=False, progress_update=update)
    total = [facts["total"] for facts in seen if "total" in facts][-1]
    advanced = sum(facts.get("advance", 0) for facts in seen)
    pushed = sorted(facts["description"] for facts in seen if "Pushing" in facts.get("description", ""))
    return total, advanced, pushed


def progress_when_nothing_changes(bench):
    made = _made({"q.txt": b"1"})
    bench.device.sync(made)
    seen = []
    bench.device.sync(made, progress_update=lambda **facts: seen.append(facts))
    return [facts["total"] for facts in seen if "total" in facts][-1], sum(f.get("advance", 0) for f in seen)


def _package():
    made = _made({
        "belay_judged/__init__.py": b"",
        "belay_judged/dependencies/main/m.py": b"M = 1\n",
        "belay_judged/dependencies/dev/d.py": b"D = 2\n",
    })
    sys.path.insert(0, str(made))
    sys.modules.pop("belay_judged", None)
    return made


def dependencies_of_a_package(bench):
    _package()
    bench.device.sync_dependencies("belay_judged", "dependencies/main", "dependencies/dev")
    return _there(bench, "/lib"), bench.device("__import__('m').M")


def dependencies_of_a_module(bench):
    _package()
    import belay_judged

    bench.device.sync_dependencies(belay_judged, "dependencies/main", dst="/deps")
    return _there(bench, "/deps")


def dependencies_that_are_not_there(bench):
    _package()
    return bench.device.sync_dependencies("belay_judged", "dependencies/nothing")


def cleaned(bench):
    made = _made({})
    bench.device.sync(made, keep=[])
    os.rmdir(made)
    return _there(bench)
