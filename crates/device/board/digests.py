# The digests of files, a line for each: its number and the digest, or "n" for what is no file. The files
# of a folder are given together, each folder followed by the names in it with slashes between them.
show = $SHOW


def digests(*files):
    number = 0
    for index in range(0, len(files), 2):
        for name in files[index + 1].split("/"):
            try:
                say(number, show(digest(files[index] + name, print)))
            except OSError:
                say(number, "n")
            number += 1


digests($FILES)
