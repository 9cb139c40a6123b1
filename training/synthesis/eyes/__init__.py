"""Renders photographs of one eye with exact labels from the UnityEyes 2 scans (synthesis.md).

Convention
    The region frame is the patch's: a left eye, its inner canthus at image left. Axes as in the camera
    frame (x right, y down, z into the scene), mm, origin at the eyeball's center of rotation; the face
    looks along -z. ``view.py`` turns it into the frame of the virtual camera that looks straight at the
    eye, where all gaze angles live (``vcam/geometry/angles.py``).
"""
