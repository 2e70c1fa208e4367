"""A deploy that is watched: smoke tests, and what follows from them.

Nothing here does input or output of its own: it is given a world, as the rooms for
smoke tests and rollbacks are.
"""
