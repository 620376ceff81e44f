x = f'a{b}
