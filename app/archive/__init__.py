"""The lifelong archive (终身职业技能培训档案): entries, their corrections, and who looked at them.

Source: “十四五”职业技能培训规划 (十九), 以社会保障卡为载体的劳动者终身职业技能培训电子档案.
"""
