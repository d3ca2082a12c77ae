"""Synthetic renderings, one file a style; each maps a portrait to float32 sRGB of the same size."""
