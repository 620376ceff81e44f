# The module `storage` of a CircuitPython board whose drive a computer has.
def _storage():
    import builtins

    find = builtins.__import__

    class Mount:
        readonly = True

    class Storage:
        def getmount(self, _path):
            return Mount()

    def find_storage(name, *arguments):
        return Storage() if name == "storage" else find(name, *arguments)

    builtins.__import__ = find_storage


_storage()
