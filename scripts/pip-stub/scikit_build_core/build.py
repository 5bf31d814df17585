"""Stands in for the real build backend: pip only wants a name and a version before it hands over the archive."""

from pathlib import Path

DIST_INFO = "llama_cpp_python-0.3.36.dist-info"


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
    folder = Path(metadata_directory) / DIST_INFO
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n")
    return DIST_INFO


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    return []


def build_wheel(*_: object) -> str:
    raise RuntimeError("this stub only answers for the metadata")
