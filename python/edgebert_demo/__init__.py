"""The demo encoder: data, tokenizer, training and export.

Only `tokenize_text` is needed to try one's own sentences; the rest rebuilds
`models/demo/` from nothing (see its README).
"""
