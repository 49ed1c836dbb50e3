"""更正申请: a person says that an entry of the own record is wrong; an officer answers by a day that is told.

个人信息保护法 第四十六条 gives the right and asks for a check in good time. Accepting is an act: it names the
correction of that very entry which the officer has proposed since, and which a second person decides. What is not
answered in time is escalated: it stands on the work list of every agency above, marked, and an outbox message says so.
"""
