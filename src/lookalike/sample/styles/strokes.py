"""What several styles share: luminance, smoothing, ink lines, paper, grain, a change of palette."""

import cv2
import numpy as np

# Rec. 601 luma, as JPEG uses.
LUMA = np.array((0.299, 0.587, 0.114), np.float32)


def luminance(image: np.ndarray) -> np.ndarray:
    """Brightness of (h, w, 3): (h, w) float32."""
    return image @ LUMA


def toned(grey: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Draw out the forms, and stretch brightness to [0, 1] so that half of the sitter is lighter than 0.55."""
    grey = grey + 0.7 * (grey - cv2.GaussianBlur(grey, (0, 0), grey.shape[0] / 34))
    low, middle, high = np.quantile(grey[subject > 0.5], (0.02, 0.5, 0.98))
    power = np.log(0.55) / np.log(np.clip((middle - low) / (high - low), 0.2, 0.9))
    return np.clip((grey - low) / (high - low), 0, 1) ** np.float32(power)


def smooth(image: np.ndarray, rounds: int) -> np.ndarray:
    """Flatten texture and keep edges, by repeated bilateral filtering: (h, w, 3) float32 in [0, 1]."""
    flat = np.clip(image * 255, 0, 255).astype(np.uint8)
    for _ in range(rounds):
        flat = cv2.bilateralFilter(flat, 7, 28, 4)
    return flat.astype(np.float32) / 255


def ink(grey: np.ndarray, width: float, gain: float) -> np.ndarray:
    """Coverage of ink where the picture is darker than its surroundings.

    A difference of Gaussians, soft-thresholded: Winnemoeller, Kyprianidis and Olsen, "XDoG" (2012).
    """
    fine = cv2.GaussianBlur(grey, (0, 0), width)
    broad = cv2.GaussianBlur(grey, (0, 0), 1.6 * width)
    return np.tanh(np.clip((broad - fine - 0.006) * gain, 0, None))


def steps(value: np.ndarray, count: int, sharpness: float) -> np.ndarray:
    """Posterise [0, 1] into `count` bands with soft borders.

    The soft luminance quantisation of Winnemoeller, Olsen and Gooch, "Real-time video abstraction" (2006).
    """
    scaled = value * (count - 1)
    nearest = np.round(scaled)
    return (nearest + 0.5 * np.tanh(sharpness * (scaled - nearest))) / (count - 1)


def grain(rng: np.random.Generator, shape: tuple[int, int], radius: float) -> np.ndarray:
    """Blurred noise of mean 0 and deviation 1: (h, w) float32."""
    factor = max(1, int(radius // 2))  # coarse noise is drawn small: it holds no more detail than that
    small = (-(-shape[0] // factor), -(-shape[1] // factor))
    noise = cv2.GaussianBlur(rng.standard_normal(small, dtype=np.float32), (0, 0), radius / factor)
    noise = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return (noise - noise.mean()) / noise.std()


def hatch(rng: np.random.Generator, shape: tuple[int, int], angle: float, length: int) -> np.ndarray:
    """Noise drawn out at `angle` (radians) into strokes of `length` pixels, mean 0, deviation 1: (h, w) float32."""
    kernel = np.zeros((length, length), np.float32)
    middle, reach = length / 2, length / 2 * np.array((np.cos(angle), np.sin(angle)))
    start, end = np.round(middle - reach).astype(int), np.round(middle + reach).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0, 1)
    noise = cv2.filter2D(rng.standard_normal(shape, dtype=np.float32), -1, kernel)
    return (noise - noise.mean()) / noise.std()


def regrade(image: np.ndarray, rng: np.random.Generator, turn: float) -> np.ndarray:
    """Move the palette: turn hues by a few `turn` radians, change saturation and balance."""
    angle, saturation = rng.normal(0, turn), rng.uniform(0.75, 1.35)
    axis = np.full((3, 3), 1 / 3)
    cross = np.array(((0, -1, 1), (1, 0, -1), (-1, 1, 0))) / np.sqrt(3)
    spin = axis + saturation * (np.cos(angle) * (np.eye(3) - axis) + np.sin(angle) * cross)
    balance = rng.normal(1, 0.06, 3) * rng.uniform(0.88, 1.12)
    return np.clip(image @ (spin.T * balance).astype(np.float32), 0, 1)
