"""Which MediaPipe face-mesh points make up an eye. Left and right are the subject's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EyeIndices:
    """Indices into the 478-point mesh; the lids run from the inner to the outer canthus."""

    inner_canthus: int
    outer_canthus: int
    upper_lid: tuple[int, ...]
    lower_lid: tuple[int, ...]
    iris_center: int
    iris_rim: tuple[int, int, int, int]


RIGHT_EYE = EyeIndices(
    inner_canthus=133,
    outer_canthus=33,
    upper_lid=(173, 157, 158, 159, 160, 161, 246),
    lower_lid=(155, 154, 153, 145, 144, 163, 7),
    iris_center=468,
    iris_rim=(469, 470, 471, 472),
)
LEFT_EYE = EyeIndices(
    inner_canthus=362,
    outer_canthus=263,
    upper_lid=(398, 384, 385, 386, 387, 388, 466),
    lower_lid=(382, 381, 380, 374, 373, 390, 249),
    iris_center=473,
    iris_rim=(474, 475, 476, 477),
)
