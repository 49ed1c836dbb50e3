"""The log (封存日志): every archive entry gets an index in it, and money may rest only on what has one.

凡补必进、不进不补 (人社部发〔2025〕10号) reads 进 as sealed, not merely stored. What a leaf says, and why it tells
nobody anything, is in ``rules``.
"""
