# Whether files lie in folders: a fact and its check.
import os

print("0!1!53410" if hasattr(os, "stat") else "0!0!53409")
