"""Models: pure arithmetic for floats, NumPy arrays and Altair parameters."""
