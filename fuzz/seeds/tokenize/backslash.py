if 0:
    a
\
    b
  \
 c
x = (1;"a")
