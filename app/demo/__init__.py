"""The registry shown at work: a believable province to try, and a check that drives the main job through the API.

Whoever acts here acts through the public HTTP API, with a real sign-in, as any other client would. Two things no
client can do, and they are done openly: the first administrators are made as the command for it makes them, and the
clock of law is moved forward by the owner's connection, because a class takes days.
"""
