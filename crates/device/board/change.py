# Creates, deletes or renames one file or folder; what is already as it is to be is no error.
def _belay_change(path, new=None):
    import os

    def create_folder():
        try:
            os.mkdir(path)
        except OSError as error:
            if error.args[0] != 17 or not os.stat(path)[0] & 0x4000:
                raise

    def delete():
        # LittleFS would remove an empty folder, too. A flat file system has none.
        if hasattr(os, "stat") and os.stat(path)[0] & 0x4000:
            raise OSError(21)
        os.remove(path)

    def delete_folder():
        os.rmdir(path)

    def rename():
        try:
            os.rename(path, new)
        except OSError as error:
            if error.args[0] != 2:
                raise
            os.stat(new)

    try:
        $FUNCTION()
    except OSError as error:
        if error.args[0] != 2 or new:
            raise


try:
    _belay_change($PATH)
finally:
    del _belay_change
