"""The files an embedder can be exported to, and the record beside them of how near it comes."""

from enum import StrEnum

PARITY = "parity.json"
CROPS = "crops.npy"  # what both were shown
INPUT, OUTPUT = "pixels", "embedding"


class Format(StrEnum):
    """A kind of file, by the name of the module that writes and runs it."""

    ONNX = "onnx"
    TORCHSCRIPT = "torchscript"
    SAFETENSORS = "safetensors"

    @property
    def file_name(self) -> str:
        """The name of an exported file of this kind."""
        return f"model.{'pt' if self is Format.TORCHSCRIPT else self.value}"
