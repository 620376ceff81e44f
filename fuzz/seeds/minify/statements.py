"""doc"""
import a, b as c
@micropython.viper
def f(x: int = 1, *y: "str", z, **k) -> int:
    'doc'
    if x: return 1
    elif not x:
        pass
    else: y = x if z else lambda q: q
    v: int
    w: int = 2 ; g()
    for i in range(3): print(f"{i!r:>{x}}", end='')
    return x \
        + 1
class A(B):
	x = [1,
	  2] # c
	async def g(self):
		async with a as b: await b
match x:
    case [1, *_]: pass
    case {"a": 1}: y
try: pass
except (A, B) as e: raise X from e
finally: del x
