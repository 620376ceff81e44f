"""Everything a manifest may compute with constants."""

metadata(
    description="Sensors of the " 'station',
    version="0.3.1",
    author=None,
    license=("MIT"),
    stdlib=False,
    pypi="sensors",
)

BASE = "src"
_files = ["__init__.py", r"raw\n.py"]
same_list = _files
options.defaults(display=True, bus="i2c", level=2)

if options.display and not options.missing:
    _files.append("display.py")
elif options.level > 1: _files += ("never.py",)
else:
    pass

if options.bus == "i2c" or undefined_name:
    same_list.extend(["bus.py",])
if options.level >= 2 and options.level != 3 and -1 < options.level:
    _files += ["level%d.py"] + ["a" + 'b'"c.py"]
if True == 1 and None is None and "a" in "cat" and 3 not in (1, 2) and options.missing is not True:
    kinds = "one", "two"; kinds += ("three",)

package("sensors", files=_files, base_path=BASE, opt=3)
package("sensors_tests" if options.level == 1 else "plain", None)
for kind in kinds:
    # Each in a file of its own.
    module(kind + ".py", BASE + "/kinds")
    if kind == "two":
        module("\x74\u0077o\t.py", \
               opt=1)

require("os-path")
require("aioble", version="0.1", client=True, names=["a", "b"])
require("ffilib", library="unix-ffi", pypi="x")
include("../common")
include(("a.py", "b/manifest.py"), extra=BASE, level=options.level - 1)
add_library("ours", "$(MPY_LIB_DIR)/ours")
add_library("first", "libs", prepend=True)
