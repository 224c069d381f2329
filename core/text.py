"""Text from outside: no NUL, no control characters, no lone surrogates, no direction overrides."""

from typing import Annotated

from msgspec import Meta

# The same pattern stands in the OpenAPI document, so it keeps to what Python and ECMAScript read alike;
# the closing look-ahead is the end of the text in both, where "$" would let a last newline pass in Python.
_PLAIN = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]*(?![\\s\\S])"

Name = Annotated[str, Meta(min_length=1, max_length=120, pattern=_PLAIN)]
Line = Annotated[str, Meta(max_length=500, pattern=_PLAIN)]
Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PLAIN)]
CodeText = Annotated[str, Meta(min_length=1, max_length=512)]
