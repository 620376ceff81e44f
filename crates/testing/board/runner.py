# Runs tests on the board. Files of the host are in memory only: they are mounted as a file system
# of their own, so that imports, packages and tracebacks work as with any file.
import builtins
import gc
import io
import sys

_belay_files = {}


class _belay_Disk:
    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        try:
            content = _belay_files[path]
        except KeyError:
            raise OSError(2)
        if content is None:
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        return (0x8000, 0, 0, 0, 0, 0, len(content), 0, 0, 0)

    def open(self, path, mode):
        try:
            return io.BytesIO(_belay_files[path])
        except (KeyError, TypeError):
            raise OSError(2)

    def ilistdir(self, path):
        return iter(())


# CircuitPython mounts nothing but FAT.
class _belay_Blocks:
    def __init__(self, count):
        self.data = bytearray(count * 512)

    def readblocks(self, number, buffer):
        start = number * 512
        buffer[:] = memoryview(self.data)[start : start + len(buffer)]

    def writeblocks(self, number, buffer):
        start = number * 512
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, what, argument):
        if what == 4:
            return len(self.data) // 512
        if what == 5:
            return 512


# Puts files of the host where imports find them first; folders have no content.
def _belay_put(files):
    _belay_files.update(files)
    try:
        from vfs import mount
    except ImportError:
        try:
            from os import mount
        except ImportError:
            mount = None
    place = "/_belay"
    if mount:
        mount(_belay_Disk(), place)
    else:
        import storage

        size = sum(len(content or "") // 512 + 3 for content in _belay_files.values())
        blocks = _belay_Blocks(64 + size)
        storage.VfsFat.mkfs(blocks)
        disk = storage.VfsFat(blocks)
        for path in sorted(_belay_files):
            content = _belay_files[path]
            if content is None:
                disk.mkdir(path)
            else:
                with disk.open(path, "wb") as file:
                    file.write(content)
        _belay_files.clear()
        try:
            storage.mount(disk, place)
        except OSError:
            # The place must be there already.
            place = "/sd"
            storage.mount(disk, place)
    sys.path.insert(0, place)
    for name in "_belay_h", "_belay_e", "_belay_a":
        setattr(builtins, name, globals()[name])
    return place


# Makes room for marks. Those in expressions are keys of a dictionary, once they have been reached: a
# method of the interpreter's takes less time than a function of ours. It has had all of the keys
# already, so that it does not have to grow in an interrupt handler.
_belay_calls = {}


def _belay_mark(count, calls):
    global _belay_e
    _belay_h.extend(bytes(count))
    for number in calls:
        _belay_calls[number] = 0
    for number in calls:
        del _belay_calls[number]
    _belay_e = _belay_calls.setdefault


# Which marks have been reached.
def _belay_hits():
    for number in _belay_calls:
        _belay_h[number] = 1
    return bytes(_belay_h)


# Gives modules of the host the names that rewritten code needs, which they find sooner then.
def _belay_near(place):
    for module in sys.modules.values():
        if getattr(module, "__file__", "").startswith(place):
            for name in "_belay_h", "_belay_e":
                setattr(module, name, globals()[name])


def _belay_is_case(value):
    # A class of unittest, whoever wrote that.
    return hasattr(value, "run") and hasattr(value, "assertEqual")


# Imports a module and gives the names of its tests, each with that of its class.
def _belay_load(name):
    module = __import__(name)
    tests = []
    for name in dir(module):
        value = getattr(module, name)
        if isinstance(value, type):
            if name != "TestCase" and (name.startswith("Test") or _belay_is_case(value)):
                for test in dir(value):
                    if test.startswith("test") and callable(getattr(value, test)):
                        tests.append((name, test))
        elif name.startswith("test") and callable(value):
            tests.append(("", name))
    _belay_near(sys.path[0])
    _belay_call(module, "setup_module")
    return tests, _belay_end()


def _belay_free():
    try:
        return gc.mem_free()
    except AttributeError:
        return -1


def _belay_call(owner, *names):
    for name in names:
        function = getattr(owner, name, None)
        if function:
            return _belay_finish(function())


# What a coroutine returns comes from a loop.
def _belay_finish(result):
    if hasattr(result, "send") and hasattr(result, "throw"):
        import asyncio

        asyncio.run(result)


# The class whose tests are running.
_belay_group = [None, None]


# Runs a test with what is to be done before and after it, and gives the memory that is left.
def _belay_test(module, group, name):
    del _belay_r[:]
    owner = module = sys.modules[module]
    setup, teardown = ("setup", "setup_function"), ("teardown", "teardown_function")
    try:
        _belay_enter(module, group)
        if group:
            owner = getattr(module, group)()
            setup, teardown = ("setUp", "setup_method", "setup"), ("tearDown", "teardown_method", "teardown")
            if hasattr(owner, "_belay_run"):
                _belay_finish(owner._belay_run(name))
                return _belay_end()
        _belay_call(owner, *setup)
        try:
            _belay_finish(getattr(owner, name)())
        finally:
            _belay_call(owner, *teardown)
    except SystemExit as stop:
        raise RuntimeError("sys.exit(%s)" % ", ".join(repr(value) for value in stop.args))
    return _belay_end()


def _belay_enter(module, group):
    last, name = _belay_group
    if name == group:
        return
    _belay_group[:] = module, group
    if name:
        _belay_call(getattr(last, name), "tearDownClass", "teardown_class")
    if group:
        _belay_call(getattr(module, group), "setUpClass", "setup_class")


# Does what is to be done after all tests of a module.
def _belay_leave(module):
    module = sys.modules[module]
    _belay_enter(module, "")
    _belay_call(module, "teardown_module")


def _belay_end():
    gc.collect()
    return _belay_free()
