"""The way to the shop: http, https, and whether browsers keep to https."""
