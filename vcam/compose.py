"""Frame, RedirectedEyes -> Frame: pastes the new eye pixels; nothing else changes."""

import cv2
import numpy as np

from vcam.types import Frame, Image, RedirectedEye, RedirectedEyes


class AlphaCompositor:
    """Mixes new and old pixels by the eyes' own masks."""

    def compose(self, frame: Frame, eyes: RedirectedEyes) -> Frame:
        """The frame with its eyes replaced, or the very same frame where there is nothing to replace.

        Where a mask is 0 the pixels are bit-identical to the frame's.
        """
        drawn = [eye for eye in (eyes.left, eyes.right) if eye is not None]
        if not drawn:
            return frame
        image = frame.image.copy()
        for eye in drawn:
            _paste(image, eye)
        return Frame(frame.index, frame.captured_at, image)


def _paste(image: Image, eye: RedirectedEye) -> None:
    x, y = eye.origin
    height, width = eye.alpha.shape
    under = image[y : y + height, x : x + width]
    difference = eye.pixels.astype(np.float32) - under
    # a mask per channel: numpy is slow at one that is spread over the channels
    difference *= cv2.merge((eye.alpha, eye.alpha, eye.alpha))
    # rounding leaves a pixel with alpha 0 exactly as it was
    under[...] = np.rint(under + difference)
