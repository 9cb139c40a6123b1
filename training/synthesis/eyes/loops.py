"""Which control vertices ring the eye opening (synthesis.md A), inner ring first.

Twenty columns per ring: 0 at the inner corner, 1 to 9 along the upper lid, 10 at the outer corner, 11 to
19 back along the lower lid. Column k of the upper lid faces column 20 - k of the lower one.
"""

import numpy as np

LOOPS = np.array(
    [
        [33, 32, 25, 13, 14, 15, 16, 17, 18, 132, 131, 130, 6, 2, 1, 7, 8, 0, 28, 30],  # interior margin
        [35, 36, 26, 24, 23, 22, 21, 20, 19, 93, 112, 113, 5, 4, 3, 9, 10, 11, 29, 34],  # anterior margin
        [83, 82, 77, 62, 61, 60, 37, 38, 39, 92, 139, 136, 40, 41, 42, 43, 44, 45, 46, 84],  # lid peak
        [86, 85, 78, 72, 71, 70, 47, 48, 49, 135, 141, 140, 53, 54, 55, 56, 57, 58, 59, 87],
        [80, 79, 76, 75, 74, 73, 50, 51, 52, 137, 138, 142, 63, 64, 65, 66, 67, 68, 69, 81],  # crease
        [101, 102, 103, 104, 105, 88, 89, 90, 91, 146, 145, 143, 94, 95, 96, 217, 97, 98, 99, 100],
    ]
)
INTERIOR, ANTERIOR, PEAK, OUTER_LID, CREASE, BROW_SIDE = range(6)
OUTER_CORNER = 10
UPPER = np.arange(1, 10)
LOWER = 20 - UPPER
"""The lower lid's columns in the order of ``UPPER``: from the inner to the outer corner."""
INNER_CORNER_VERTEX = 34
ON_BALL = np.array([12, 13, 14, 15, 16, 17, 18, 132, 131, 130, 6, 2, 1, 7, 8, 0])
"""The part of the interior margin that touches the eyeball."""
CARUNCLE = np.array([28, 27, 25, 32, 31, 30, 33])
