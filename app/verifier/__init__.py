"""``registry-verify``: checks what the registry has signed, offline, from files.

It shares no line with the server, imports nothing of it, and needs the standard library and ``cryptography`` alone.
"""
