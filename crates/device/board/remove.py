# Deletes a file. LittleFS would remove an empty folder as if it were one.
os = find("os")
if os.stat($PATH)[0] & 0x4000:
    raise OSError(21)
os.remove($PATH)
