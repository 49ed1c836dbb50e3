"""Recoveries (追回): money that was paid wrongly comes back, is written off by two persons, or goes to the judiciary.

Source: 人社部发〔2025〕10号 五(十一); fraud and mistake told apart: 国办发〔2019〕24号 四(十四).
"""
