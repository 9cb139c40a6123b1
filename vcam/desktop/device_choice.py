"""Which camera is read, and the size it is asked for."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from vcam.config import SourceConfig
from vcam.desktop.cameras import FIRST, SIZES, CameraList
from vcam.desktop.choice_box import ChoiceBox
from vcam.desktop.theme import SPACE
from vcam.desktop.words import size_in_words


class DeviceChoice(QWidget):
    """Two lists; what they offer follows the cameras that are there."""

    chosen = Signal(dict)
    """Settings by their dotted names; not sent when ``show_source`` changes the lists."""

    def __init__(self, cameras: CameraList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cameras = cameras
        self._source = SourceConfig()
        self.camera, self.size_list = ChoiceBox(), ChoiceBox()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        rows = (("Ca&mera", self.camera), ("Si&ze", self.size_list))
        for number, (name, box) in enumerate(rows):
            label = QLabel(name)
            label.setBuddy(box)
            box.setAccessibleName(name.replace("&", ""))
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
            grid.addWidget(label, number, 0)
            grid.addWidget(box, number, 1)
        self.size_list.setToolTip("What the camera is asked for. GazeCam keeps its own size while it runs.")
        self.camera.activated.connect(self._camera_chosen)
        self.size_list.activated.connect(self._size_chosen)
        cameras.changed.connect(self._fill)
        self._fill()

    def refresh(self) -> None:
        """Look for cameras again."""
        self._cameras.refresh()

    def show_source(self, source: SourceConfig) -> None:
        """Show what is set."""
        self._source = source
        self._fill()

    def _fill(self) -> None:
        self.camera.clear()
        for choice in self._cameras.choices(self._source.spec):
            self.camera.addItem(choice.name, choice.spec)
        self.camera.setCurrentIndex(self.camera.findData(self._source.spec))
        current = (self._source.width, self._source.height)
        self.size_list.clear()
        for width, height in sorted({*SIZES, current}):
            self.size_list.addItem(size_in_words(width, height), (width, height))
        self.size_list.setCurrentText(size_in_words(*current))
        is_camera = self._source.spec.partition(":")[0] == FIRST
        self.size_list.setEnabled(is_camera)  # a file keeps its own size

    def _camera_chosen(self, index: int) -> None:
        spec = self.camera.itemData(index)
        if spec != self._source.spec:
            self.chosen.emit({"source.spec": spec})

    def _size_chosen(self, index: int) -> None:
        width, height = self.size_list.itemData(index)
        if (width, height) != (self._source.width, self._source.height):
            self.chosen.emit({"source.width": width, "source.height": height})
