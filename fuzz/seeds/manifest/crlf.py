# Line ends of another system.
metadata(version="1")

module(
	"a.py",  # x
)
module("c.py")