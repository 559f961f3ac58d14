"""The six steps, a module each: what each reads, calls and writes."""
