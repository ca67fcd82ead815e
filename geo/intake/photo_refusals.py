"""Why a photo is not kept: each case has its name, and a sentence that says what the sender can do."""

from __future__ import annotations

from geo.errors import ErqiError, InvalidInputError, UnprocessableError
from geo.types import Text

FIELD = "photo"
FORMATS = Text("JPEG、PNG 或 WebP", "JPEG, PNG or WebP")


class TooLargeError(InvalidInputError):
    """Content of more bytes than are taken."""


def _refusal(kind: str, text: Text) -> ErqiError:
    return UnprocessableError(text, field=FIELD, kind=kind)


def too_large(max_bytes: int) -> ErqiError:
    """Refuse more bytes than a photo may have."""
    megabytes = f"{max_bytes / 1_000_000:g}"
    return TooLargeError(
        Text(
            f"照片不能超过 {megabytes} MB，请调低相机分辨率或压缩后再传。",
            f"A photo may have up to {megabytes} MB. Set the camera to a lower resolution, or send a smaller copy.",
        ),
        field=FIELD,
        kind="photo-too-large",
    )


def empty() -> ErqiError:
    """Refuse a file without a byte."""
    return _refusal("photo-empty", Text("照片文件是空的，请重新选择。", "The photo is an empty file. Choose it again."))


def heic() -> ErqiError:
    """Refuse the format that iPhones store by default, which is not decoded here."""
    return _refusal(
        "photo-heic",
        Text(
            "暂不支持 HEIC 照片。请在 iPhone“设置 › 相机 › 格式”中选择“兼容性最佳”后重拍，或将照片转换为 JPEG 再传。",
            "HEIC photos are not read here. On an iPhone choose Settings › Camera › Formats › Most Compatible and take"
            " it again, or convert the photo to JPEG.",
        ),
    )


def no_photo(looks_like: str | None) -> ErqiError:
    """Refuse content of another type, whatever its name or declared type says."""
    zh = f"（看起来是 {looks_like}）" if looks_like else ""
    en = f" (it looks like {looks_like})" if looks_like else ""
    return _refusal(
        "photo-type", Text(f"文件不是照片{zh}，只收 {FORMATS.zh}。", f"The file is no photo{en}: send {FORMATS.en}.")
    )


def animated() -> ErqiError:
    """Refuse moving pictures, of which only the first would be seen."""
    return _refusal("photo-animated", Text("不收动图，请传静态照片。", "It is an animation. Send a still photo."))


def too_many_pixels(width: int, height: int, max_pixels: int) -> ErqiError:
    """Refuse dimensions whose decoding would take more memory than is given to it."""
    return _refusal(
        "photo-too-many-pixels",
        Text(
            f"照片为 {width}×{height} 像素，超过 {max_pixels / 1e6:g} 百万像素的上限，请调低相机分辨率。",
            f"The photo has {width}×{height} pixels, more than the {max_pixels / 1e6:g} megapixels that are read."
            " Set the camera to a lower resolution.",
        ),
    )


def broken() -> ErqiError:
    """Refuse what begins as a photo and cannot be read to its end."""
    return _refusal(
        "photo-broken",
        Text(
            "照片不完整或已损坏，无法打开，请重新选择或重拍。",
            "The photo is cut off or damaged. Choose or take it again.",
        ),
    )


def two_faced(other: str) -> ErqiError:
    """Refuse a photo that another program would open as something else."""
    return _refusal(
        "photo-foreign-content",
        Text(
            f"照片里夹带了 {other} 内容，不予接收，请传相机原图。",
            f"The photo also holds {other} content and is not taken. Send it as the camera made it.",
        ),
    )
