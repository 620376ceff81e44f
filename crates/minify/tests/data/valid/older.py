#!/usr/bin/env python3
# -*- coding: utf-8 -*-
u'''Spread
over lines.'''
from __future__ import annotations
import os , sys ;  import time

x = 0xFF_FF + 0b1 + 0O17 + 1_000.5e-3J + .5 - 1.
y = 1 if x else 2 ; z = [ a for a in b'' if not a ] ; assert x , 'why'
lambda * args , k = lambda : 1 , ** kw : ( yield )
print ( 1 . real , 1..real , - - 1 , ~ - x ** - y , not - x , x @ y , x if y else - z , file = sys . stderr )
long = 'a' \
    "b" \
    f'{x}' '' 'c'
matrix = [
    [ 1 , 2 ] ,   # one

    [ 3 , 4 ] ,
]


def f ( a , b = ( 1 , 2 ) , / , c : 'str' = "x" , * , d , ** e ) -> 'int' :
    r"""Docstring\d."""
    'another one'
    global g ; nonlocal_ = x ; del x [ 1 : 2 , :: 3 , ... ]
    if a < b <= c != d is not e not in g : return
    elif a : pass
    else :
	    # A comment in an odd place.
            raise X from y
    for i , in z : continue
    else : break
    try : x += 1 ; x //= 2 ; x >>= 3 ; x **= 4 ; x @= 5
    except ( A , B ) as e : pass
    finally :
        '''nothing'''
    while True : pass ; pass
    x : int
    ( y ) : int = 1
    self . z : List [ int ]
    return (
        x
        and y
    )


class A ( B , metaclass = C ) : 'doc' ; z : int = 1

class Empty :

    '''Only
    this.'''

if x :
	if y :
		z
	else :
		pass

async def g ( ) :
    async with a as b , c as d : pass
    return [ x async for x in y if await z ]
