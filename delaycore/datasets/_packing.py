def write_packed(*a): pass
