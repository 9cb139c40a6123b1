"""The user's settings on disk: kept safe against slips, and written without losing what the user wrote."""

from vcam.settings_file.file import SettingsFile, SettingsNotSaved, default_path

__all__ = ["SettingsFile", "SettingsNotSaved", "default_path"]
