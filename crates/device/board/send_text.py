# Sends a part of a file where not all bytes get through: a line for each piece, with its number and a
# check, and a last line with how many.
def send_file(path, number, count):
    with open(path, "rb") as file:
        file.seek(number * 256)
        while count:
            data = file.read(256)
            if not data:
                break
            say(number, encode(data))
            number += 1
            count -= 1
    say(number, "")


try:
    b2a_base64 = find("binascii").b2a_base64

    def encode(data):
        return str(b2a_base64(data)[:-1], "utf-8")

except (ImportError, AttributeError):
    encode = repr
send_file($PATH, $FROM, $COUNT)
