"""The rules, one folder an area, one module a concern, one article a rule."""
