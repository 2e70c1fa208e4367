"""An embedded AWS account with a broken environment in it.

It lets everything be tried without AWS: ministack, an emulator of AWS on the
loopback, made strict where AWS is (`strict`), run in a process of its own
(`server`), filled from a scenario (`seed`), and shown to the user (`run`).
"""
