if a:
	x = """1
2"""

	y
def f(): "doc"# no line break at the end