x = f'''a{b}

