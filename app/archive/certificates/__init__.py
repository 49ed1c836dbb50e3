"""Certificates (证书): what a person is said to hold, what the network that issued it says, and which entry it proves.

What holds it: ``certificate_number_key_pkey`` (a number is one object under every live digest key),
``certificate_holder_pkey`` (one number, one person), ``certificate_once_a_person``,
``certificate_confirmed_by_state`` (nobody is matched without an answer), ``certificate_own_has_opening`` with
``certificate_opening_fkey`` (a completion certificate of ours rests on a closed class), ``certificate_link_live`` (one
entry at a time), and the append-only triggers of answers, changes of state, tollings and links (migration 0011).
"""
