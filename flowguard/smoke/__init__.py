"""Smoke tests: is it up, is it new, does it work, was it already broken."""
