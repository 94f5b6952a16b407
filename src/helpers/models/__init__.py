"""Models: pure arithmetic for floats, NumPy arrays and Altair parameters.

Every argument may be a float, a NumPy array, or an Altair parameter or expression, save where a
function says otherwise; the result is of the same kind. Shares are fractions from 0 to 1. Money is
in the currency named, never in millions. No function checks bounds or raises errors of its own,
save where it says so: the chapter's parameters keep an argument marked "above 0", a divisor, there.
"""
