"""Taking a bad deploy back, and proving it: snapshot, readiness, decision, steps.

All of it is pure: what does input or output is handed in.
"""
