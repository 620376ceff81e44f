# Line ends of another system.
metadata(version="1")
if options.x:
	module("a.py")

	module("b.py")
module("c.py")