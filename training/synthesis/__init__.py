"""Renders of faces whose gaze is known exactly: a head model, shading of our own, acted motion."""
