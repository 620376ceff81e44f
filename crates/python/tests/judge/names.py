"""Names, types and what needs no board."""

import importlib
import pickle

import belay


def all_names(bench):
    known = (
        "AuthenticationError BelayException ConnectionFailedError ConnectionLost Device DeviceMeta "
        "DeviceNotFoundError FeatureUnavailableError Implementation InsufficientSpecifierError "
        "MaxHistoryLengthError NoMatchingExecuterError NotBelayResponseError NO_RESULT ProxyObject "
        "PyboardError PyboardException SpecialFunctionNameError UNPARSABLE_RESULT UsbSpecifier "
        "list_devices minify"
    ).split()
    return [name for name in known if name not in belay.__all__ or not hasattr(belay, name)]


def version(bench):
    return type(belay.__version__)


def exceptions(bench):
    module = importlib.import_module("belay.exceptions")
    names = sorted(name for name in vars(module) if isinstance(getattr(module, name), type))
    known = (
        "AuthenticationError BelayException ConnectionFailedError ConnectionLost DeviceNotFoundError "
        "FeatureUnavailableError InsufficientSpecifierError IntegrityError InternalError "
        "MaxHistoryLengthError NoMatchingExecuterError NotBelayResponseError PackageNotFoundError "
        "SpecialFunctionNameError"
    ).split()
    return [(n, [base.__name__ for base in getattr(module, n).__mro__]) for n in known if n in names]


def exceptions_of_the_board(bench):
    return [[base.__name__ for base in kind.__mro__] for kind in (belay.PyboardError, belay.PyboardException)]


def _module(name, *members):
    def use(bench):
        module = importlib.import_module(f"belay.{name}")
        return [member for member in members if not hasattr(module, member)]

    use.__name__ = f"module_{name.replace('.', '_')}"
    use.__module__ = __name__
    globals()[use.__name__] = use


_module("device", "Device", "Implementation", "NO_RESULT", "UNPARSABLE_RESULT", "ProxyObject", "parse_belay_response")
_module("device_meta", "DeviceMeta")
_module("device_support", "Implementation", "MethodMetadata", "TimeSync", "sort_executers")
_module("exceptions", "BelayException", "PackageNotFoundError")
_module("executers", "Executer", "SetupExecuter", "TaskExecuter", "TeardownExecuter", "ThreadExecuter")
_module("hash", "fnv1a")
_module("helpers", "wraps_partial", "random_python_identifier", "sanitize_package_name")
_module("inspect", "getsource", "isexpression", "import_names")
_module("proxy_object", "ProxyObject", "get_proxy_object_target_name")
_module("pyboard", "Pyboard", "PyboardError", "PyboardException")
_module("typing", "PythonLiteral", "BelayReturn", "BelayCallable", "BelayGenerator", "PathType")
_module("usb_specifier", "UsbSpecifier", "list_devices")
_module("utils", "Sentinel", "env_parse_bool")


def same_classes(bench):
    from belay.device import Device
    from belay.exceptions import ConnectionLost
    from belay.proxy_object import ProxyObject
    from belay.pyboard import PyboardException
    from belay.usb_specifier import UsbSpecifier

    return (
        Device is belay.Device,
        ConnectionLost is belay.ConnectionLost,
        ProxyObject is belay.ProxyObject,
        PyboardException is belay.PyboardException,
        UsbSpecifier is belay.UsbSpecifier,
    )


def sentinels(bench):
    return [(repr(kind), bool(kind), isinstance(kind, type)) for kind in (belay.NO_RESULT, belay.UNPARSABLE_RESULT)]


def sentinel_made(bench):
    return belay.NO_RESULT()


def specifier(bench):
    made = belay.UsbSpecifier(vid=0x2E8A, pid=5, serial_number="e66")
    return repr(made), made.vid, made.product, made.populated(), made.model_dump(exclude_none=True)


def specifier_empty(bench):
    return repr(belay.UsbSpecifier()), belay.UsbSpecifier().populated(), belay.UsbSpecifier().device


def specifier_equal(bench):
    return belay.UsbSpecifier(vid=1) == belay.UsbSpecifier(vid=1), belay.UsbSpecifier(vid=1) == belay.UsbSpecifier(vid=2)


def specifier_from_text(bench):
    return belay.UsbSpecifier.model_validate_json('{"vid": 11914, "product": "Board"}')


def specifier_to_text(bench):
    return belay.UsbSpecifier.model_validate_json(belay.UsbSpecifier(vid=7).model_dump_json())


def specifier_of_a_wrong_type(bench):
    try:
        belay.UsbSpecifier(vid="not a number")
    except ValueError:
        return "refused"


def specifier_converts(bench):
    return belay.UsbSpecifier(vid="12").vid


def specifier_with_a_device(bench):
    return belay.UsbSpecifier(device="/dev/ttyACM0").to_port()


def specifier_without_a_match(bench):
    return belay.UsbSpecifier(vid=0xFFFF, serial_number="nobody has this").to_port()


def devices(bench):
    return type(belay.list_devices())


def implementation(bench):
    made = belay.Implementation("micropython", (1, 2, 3), "rp2")
    return repr(made), made == belay.Implementation("micropython", (1, 2, 3), "rp2"), made.arch


def implementation_defaults(bench):
    return belay.Implementation("circuitpython")


def implementation_arch(bench):
    return [belay.Implementation("micropython", arch=bits << 10).arch for bits in (0, 1, 2, 4, 5, 10)]


def expressions(bench):
    from belay.inspect import isexpression

    return [isexpression(code) for code in ("1", "x = 1", "f(x)", "import os", "", "a; b", "(1,\n2)", "x ==", "'a'")]


def imported_names(bench):
    from belay.inspect import import_names

    codes = ("import os", "import os.path", "import os as o", "from a import b, c as d", "from a import *", "x = 1", "1 +")
    return [list(import_names(code)) for code in codes]


def source_of_a_function(bench):
    from belay.inspect import getsource

    def function(x):
        """Text."""
        return x

    code, line, file = getsource(function)
    return code, line == function.__code__.co_firstlineno, file.rpartition("/")[2]


def source_without_the_signature(bench):
    from belay.inspect import getsource

    def function(
        x,
        y=1,
    ):
        z = x
        return z

    code, line, _ = getsource(function, strip_signature=True)
    return code, line - function.__code__.co_firstlineno


def digest(bench):
    import tempfile

    from belay.hash import fnv1a

    with tempfile.NamedTemporaryFile() as file:
        file.write(b"belay")
        file.flush()
        return fnv1a(file.name)


def package_name(bench):
    from belay.helpers import sanitize_package_name

    return [sanitize_package_name(name) for name in ("my-package", "module.py", "sensor.mpy", "plain")]


def package_name_that_cannot_be(bench):
    from belay.helpers import sanitize_package_name

    return sanitize_package_name("1 2")


def minified(bench):
    return belay.minify("def f(a, b):\n    # Adds.\n    return a  +  b\n")


def minified_docstring(bench):
    return "Text" in belay.minify('def f():\n    """Text."""\n    return 1\n')


def minified_lines(bench):
    text = belay.minify("a = 1\n\n\n# four\nb = [\n  2,\n]\n")
    return text.rstrip("\n").count("\n")


def pickled(bench):
    return pickle.loads(pickle.dumps(belay.UsbSpecifier(vid=3)))


def not_a_port(bench):
    return belay.Device("/dev/no-such-port-of-a-board")
