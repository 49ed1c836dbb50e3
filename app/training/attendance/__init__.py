"""Attendance (考勤, 过程监督): who was present at which session, as devices and platforms say, never institutions."""
