# What CPython 3.12, 3.13 and 3.14 added.
"""Docstring."""
type Point[T: (int, float) = int] = tuple[T, T]
type = type (1)


class Stack[T]:
    """Generic."""

    def push[U: int](self, item: T, *, key: U = 1) -> None:
        self.items . append( item )


name = 'x'
same_quotes = f'{name + 'y'} {f'{name!r:>{10 + len('z')}}'}'
nested = f"{f"{f"{f"{1 + 1}"}"}"}"
newline = f'{
    name  # a comment, with a ' in it
}'
backslash = f"{'\n'.join([ 'a' , 'b' ])}"
shown = f'{ name  =  !r:^20}'
dates = f'{now:%H:%M}' f'{ now :{ width }.{ precision }}'
walrus = f'{(y := 5)} {y:=5}'
braces = f'{{ {name} }}' f'{ {1: 2}[1] }' f'{ (lambda x: x)(1) }'
names = f'\N{GREEK SMALL LETTER ALPHA}{name}' rf'\N{name}'
template = t'Hello { name }' t"{t'{ name }'}"
raw_template = rt'\{ name }' Tr"{name!r:{'>10'}}"
f'{ name() }'
t'{ name }'

try:
    pass
except ValueError, TypeError:
    pass
except* OSError:
    "nothing"

match name , 1 :
    # A comment.
    case str () as text , int ( n ) if n > 0 :
        pass
    case { 'a' : [ _ , * rest ] , ** more } :
        print ( rest )
    case -1 | 'x' | None : 'nothing'
    case _ : ...

with (
    open ( name ) as a ,
    open ( name ) as b ,
) :
    pass
