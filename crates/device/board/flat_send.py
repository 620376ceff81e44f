# Sends a part of a file of a flat file system, as send_text.py does; it cannot be read from the middle.
def send_file(path, number, count):
    with open(path, "rb") as file:
        for _ in range(number):
            file.read(32)
        while count:
            data = file.read(32)
            if not data:
                break
            say(number, repr(data))
            number += 1
            count -= 1
    say(number, "")


send_file($NAME, $FROM, $COUNT)
