# `zlib` of CircuitPython.
import deflate as _deflate
import io as _io


def decompress(data, wbits=15):
    # A positive size means a header of zlib, a negative one none, and 16 more one of gzip.
    form = _deflate.RAW if wbits < 0 else _deflate.GZIP if wbits > 15 else _deflate.ZLIB
    return _deflate.DeflateIO(_io.BytesIO(data), form, 15).read()
