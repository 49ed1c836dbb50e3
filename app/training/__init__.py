"""From opening to results: openings (开班备案), rosters, attendance, assessments, completion.

Source: 人社部发〔2025〕10号 三(三): 开班备案、过程监督、结果考核.
"""
