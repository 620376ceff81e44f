"""Everything that an argument may be."""

metadata(
    description="Sensors of the " 'station',
    version="0.3.1",
    author=None,
    license=("MIT"),
    stdlib=False,
    pypi="sensors",
)

options.defaults(display=True, bus="i2c", level=2)
pass

package("sensors", files=["__init__.py", r"raw\n.py", "level" "2.py",], base_path="src", opt=3)
package("plain", None); package("tuple", ("one.py",))
module("a.py", "src/kinds")  # In a file of its own.
module("\x74\u0077o\t.py", \
       opt=1)

require("os-path")
require("aioble", version="0.1", client=True, names=["a", "b"])
require("ffilib", library="unix-ffi", pypi="x")
include("../common")
include(("a.py", "b/manifest.py"), extra={"a": 1}, level=-1)
add_library("ours", "$(MPY_LIB_DIR)/ours")
add_library("first", "libs", prepend=True)
