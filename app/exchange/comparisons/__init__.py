"""Comparison of long lists with the archive (信息比对): a file in, an answer line by line out, one trace a person."""
