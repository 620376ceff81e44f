# Stands where a module of the unix port must not be reached from the board: it can
# be imported and holds nothing.
