# A folder of the host as a file system.
#
# Every question is a call of the host: a letter, the number of what is held here, the free memory, and
# what is asked for. The answer is a tuple: the new number of what is held, an error's number or 0, a
# value, what is no longer true of what is held (None: nothing is true), listings of folders, and the
# files that come along, of which each is a line behind the answer. What is held is trusted for a moment
# after an answer, and confirmed by the host from then on.
io = find("io")
BytesIO = io.BytesIO
binascii = find("binascii")
mem_free = find("gc").mem_free
time = find("time")
# Where the board's time begins, in seconds of the host's.
begin = 946684800 if time.gmtime(0)[0] == 2000 else 0
ticks = time.ticks_ms
since = time.ticks_diff
try:
    vfs = find("vfs")
except ImportError:
    vfs = find("os")
os = find("os")
held = 0
heard = 0
busy = False
# What is in each folder: size, or -1 for a folder, and time of each name; None for a folder that is not there.
folders = {}
# Files that have come along and have not been opened: how they are packed, and the bytes.
files = {}
inflate = None
try:
    deflate = find("deflate")

    def inflate(data, bits):
        return deflate.DeflateIO(BytesIO(data), deflate.RAW, bits).read()

    deflate.DeflateIO
except (ImportError, AttributeError):
    inflate = None
    for name in ("zlib", "uzlib"):
        try:
            decompress = find(name).decompress

            def inflate(data, bits):
                return decompress(data, -bits)

            break
        except (ImportError, AttributeError):
            pass


# The line that comes next, or nothing if the memory does not suffice for it.
def receive(sum):
    line = ""
    try:
        line = sys.stdin.readline()
        data = binascii.a2b_base64(line)
        if binascii.crc32(data) == sum:
            return data
    except ValueError:
        pass
    except MemoryError:
        while not line and sys.stdin.readline(64)[-1:] != "\n":
            pass


def unpack(file):
    bits, data = file
    return inflate(data, bits) if bits else data


# Lets an answer pass that nobody waits for any more, or it would reach the prompt.
def let_pass():
    poll = find("select").poll()
    poll.register(sys.stdin, 1)
    while poll.poll(300):
        sys.stdin.read(1)


# A callback in the middle of a question would get its answer; it gets EBUSY.
def ask(*question):
    global busy
    if busy:
        raise OSError(16)
    try:
        busy = True
        return asked(*question)
    except KeyboardInterrupt:
        let_pass()
        raise
    finally:
        busy = False


def asked(kind, *rest):
    global held, heard
    answer = _belay_host("_belay_mount", (kind, held, mem_free()) + rest, {})
    number, error, value, gone, listings, coming = eval(answer)
    if gone is None:
        folders.clear()
        files.clear()
    else:
        for path in gone:
            folders.pop(path, None)
            files.pop(path, None)
    folders.update(listings)
    for path, bits, sum in coming:
        data = receive(sum)
        if data is not None:
            files[path] = bits, data
    held = number
    heard = ticks()
    if error:
        raise OSError(error)
    return value


def confirm():
    if since(ticks(), heard) > $TRUST:
        ask("=")


# Size and time of what is at a path; None if nothing is there.
def look(path):
    if not path:
        confirm()
        return -1, begin
    at = path.rfind("/")
    folder = path[:at] if at > 0 else ""
    if folder in folders:
        confirm()
    if folder not in folders:
        found = ask("s", path)
        if folder not in folders:
            return found
    return (folders[folder] or {}).get(path[at + 1 :])


class File(io.IOBase):
    def __init__(self, found, mode):
        self.handle, self.end = found
        self.text = "b" not in mode
        self.append = "a" in mode
        self.at = self.start = self.begin = 0
        # What has been read from `start` on, and what is to be written from `begin` on.
        self.data = b""
        self.out = bytearray()

    # Where in `data` the file goes on; at the end of the file there is nothing.
    def fill(self):
        at = self.at - self.start
        if not 0 <= at < len(self.data):
            self.flush()
            self.data = b""
            ask("r", self.handle, self.at)
            if "" not in files:
                # It was damaged on its way, or the memory did not suffice.
                raise OSError(5)
            self.data = unpack(files.pop(""))
            self.start = self.at
            at = 0
        return at

    def take(self, count, line):
        pieces = []
        while count:
            at = self.fill()
            end = len(self.data) if count < 0 else min(len(self.data), at + count)
            if line:
                found = self.data.find(b"\n", at, end) + 1
                if found:
                    end = found
                    count = end - at
            piece = self.data[at:end]
            if not piece:
                break
            pieces.append(piece)
            self.at += len(piece)
            if count > 0:
                count -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read(self, count=-1, line=False):
        if count is None:
            count = -1
        data = self.take(count, line)
        if not self.text:
            return data
        broken = 0
        while True:
            # A count is one of characters, and the last of them may not be whole yet.
            try:
                text = str(data, "utf-8")
                missing = count - len(text)
                if missing <= 0 or line and text[-1:] == "\n":
                    return text
            except UnicodeError:
                missing = 1
                broken += 1
            more = self.take(missing, line)
            if not more or broken > 3:
                return str(data, "utf-8")
            data += more

    def readline(self, count=-1):
        return self.read(count, True)

    def readlines(self):
        return list(self)

    def readinto(self, buffer, count=-1):
        at = self.fill()
        data = self.data[at : at + (len(buffer) if count < 0 else count)]
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)

    def write(self, data):
        if self.append:
            self.at = self.end
        if self.at != self.begin + len(self.out):
            self.flush()
            self.begin = self.at
        before = len(self.out)
        self.out += bytes(data, "utf-8") if isinstance(data, str) else data
        self.at += len(self.out) - before
        self.end = max(self.end, self.at)
        # What has been read is not true any more.
        self.data = b""
        count = len(self.out) - before
        if len(self.out) >= $CHUNK:
            self.flush()
        return count

    def flush(self, last=False):
        while self.out or last:
            data = bytes(self.out[:$CHUNK])
            self.out = self.out[$CHUNK:]
            at = self.begin
            self.begin += len(data)
            closes = last and not self.out
            ask("c" if closes else "w", self.handle, at, str(binascii.b2a_base64(data), "utf-8"))
            if closes:
                break

    def close(self):
        if self.handle:
            try:
                self.flush(True)
            finally:
                self.handle = 0

    def seek(self, offset, whence=0):
        self.at = max(0, offset + (0, self.at, self.end)[whence])
        return self.at

    def tell(self):
        return self.at

    # What the interpreter asks of a stream: 1 to flush, 4 to close, 11 for the size of a read; 22 is EINVAL.
    def ioctl(self, request, flags):
        if request == 1:
            self.flush()
        elif request == 4:
            self.close()
        elif request == 11:
            return 255
        else:
            return -22
        return 0

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


# A file that has come whole: what it can do is done by a stream of the firmware.
class Whole(io.IOBase):
    def __init__(self, stream):
        self.stream = stream
        self.read = stream.read
        self.readinto = stream.readinto
        self.readline = stream.readline
        self.seek = stream.seek
        self.tell = stream.tell
        self.close = stream.close

    def readlines(self):
        return list(self.stream)

    def write(self, data):
        raise OSError(9)

    def flush(self):
        pass

    # As for `File`.
    def ioctl(self, request, flags):
        if request == 4:
            self.close()
        return 255 if request == 11 else 0 if request in (1, 4) else -22

    def __iter__(self):
        return self.stream

    def __next__(self):
        return next(self.stream)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Folder:
    cwd = ""

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    # The path from the folder's root on, without a slash at its ends.
    def path(self, path):
        parts = []
        for part in (path if path[:1] == "/" else self.cwd + "/" + path).split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part and part != ".":
                parts.append(part)
        return "/".join(parts)

    def find(self, path):
        path = self.path(path)
        found = look(path)
        if found is None:
            raise OSError(2)
        return path, found[0], found[1] - begin

    def open(self, path, mode):
        for letter in mode:
            if letter not in "rbt":
                path = self.path(path)
                return File(ask("o", path, mode), mode)
        path, size, _ = self.find(path)
        if size < 0:
            raise OSError(21)
        found = None
        if path not in files:
            found = ask("o", path, "r")
        try:
            if path in files:
                data = unpack(files.pop(path))
                return Whole(BytesIO(data) if "b" in mode else io.StringIO(str(data, "utf-8")))
        except (MemoryError, UnicodeError):
            pass
        return File(found or ask("o", path, ""), mode)

    def chdir(self, path):
        path, size, _ = self.find(path)
        if size >= 0:
            raise OSError(20)
        self.cwd = path

    def getcwd(self):
        return "/" + self.cwd

    def stat(self, path):
        path, size, time = self.find(path)
        mode = 0x4000 if size < 0 else 0x8000
        return mode, 0, 0, 0, 0, 0, max(size, 0), time, time, time

    def ilistdir(self, path):
        path, size, _ = self.find(path)
        if size >= 0:
            raise OSError(20)
        names = folders.get(path)
        if names is None:
            names = ask("l", path, 0) or folders[path]

        # A long listing comes in parts.
        def entries(names):
            count = 0
            while names:
                for name in names:
                    count += 1
                    size = names[name][0]
                    yield name, 0x4000 if size < 0 else 0x8000, 0, max(size, 0)
                names = None if names is folders.get(path) else ask("l", path, count)

        return entries(names)

    def statvfs(self, path):
        free = ask("f") // 4096
        return 4096, 4096, free, free, free, 0, 0, 0, 0, 255

    def mkdir(self, path):
        ask("m", self.path(path))

    def remove(self, path):
        ask("d", self.path(path))

    def rmdir(self, path):
        ask("D", self.path(path))

    def rename(self, path, to):
        ask("R", self.path(path), self.path(to))


def mount(at):
    # One that a session has left behind.
    unmount(at)
    vfs.mount(Folder(), at)
    main["_belay_mounted"] = at
    sys.path.insert(0, at)
    os.chdir(at)
    return inflate is not None


_belay_v = mount
