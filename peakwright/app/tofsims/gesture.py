"""Drawing a region on an image with the mouse, and moving it; all of it in the browser.

A drag from outside the region draws a new one; from inside it moves the one there is; a rectangle
is pulled at its corners, a disc at its rim. A polygon is drawn by a drag around it, or by a click
at each corner. Who holds still before dragging sends other events than who drags at once: both are
heard. What the hand can do next stands beside the image.
"""

from __future__ import annotations

from typing import Any

from ..look import ACCENT
from .keys import BY_KEYS, KEYS, LABEL
from .shapes import KINDS, SHAPES

__all__ = ["EVENTS", "HINTS", "listen", "title_of"]

EVENTS = ("panstart", "pan", "panend", "press", "pressup", "mousemove", "tap", "doubletap")
WRITTEN = {
    "rectangle": "x0,y0,x1,y1",
    "disc": "disc:x,y,radius",
    "polygon": "polygon:x,y,x,y,x,y",
}
"""How a region of each kind is written."""
HINTS = {
    "rectangle": "drag from corner to corner; drag inside moves it, a corner pulls it",
    "disc": "drag from centre to rim; drag inside moves it, its rim pulls it",
    "polygon": "click corner by corner, or drag around it; drag inside moves it",
}
"""How a region of each kind is drawn."""
CLICKED = {
    "rectangle": "a click alone draws nothing: hold, and drag from corner to corner",
    "disc": "a click alone draws nothing: hold, and drag from centre to rim",
}
"""What is said after a click where a drag is wanted."""
CORNERS = "to close it: first corner, double click or Enter; Esc cancels"
"""What is said while the corners of a polygon are clicked."""

POINTER = """
const event = cb_obj.event_name
const here = [clamp(cb_obj.x, field.w), clamp(cb_obj.y, field.h)]
const away = ([x, y]) => Math.hypot(here[0] - x, here[1] - y)
const begun = (from) => {
  const old = parse(text.value), near = pixels(9)
  const kind = chosen()
  if (old && old.kind === "rectangle") {
    const [x0, y0, x1, y1] = box(old)
    const pulled = [[x0, y0, x1, y1], [x1, y0, x0, y1], [x1, y1, x0, y0], [x0, y1, x1, y0]]
    for (const [x, y, u, v] of pulled)
      if (Math.hypot(from[0] - x, from[1] - y) < near) return {mode: "corner", from, fixed: [u, v]}
  }
  if (old && old.kind === "disc"
      && Math.abs(Math.hypot(from[0] - old.x, from[1] - old.y) - old.r) < near)
    return {mode: "rim", from, old}
  if (old && contains(outlined(old), from)) return {mode: "move", from, old}
  return {mode: "new", from, kind, points: [from]}
}
const shaped = (g) => {
  if (g.mode === "corner") return {kind: "rectangle", a: g.fixed, b: here}
  if (g.mode === "rim") return {...g.old, r: Math.hypot(here[0] - g.old.x, here[1] - g.old.y)}
  if (g.mode === "move") return moved(g.old, cb_obj.x - g.from[0], cb_obj.y - g.from[1])
  if (g.kind === "rectangle") return {kind: "rectangle", a: g.from, b: here}
  if (g.kind === "disc")
    return {kind: "disc", x: g.from[0], y: g.from[1],
      r: Math.hypot(here[0] - g.from[0], here[1] - g.from[1])}
  const last = g.points[g.points.length - 1]
  if (Math.hypot(here[0] - last[0], here[1] - last[1]) > pixels(2)) g.points.push(here)
  return {kind: "polygon", points: fewer(g.points, Math.max(0.4, pixels(1.5)))}
}
const clicked = () => {
  if (chosen() !== "polygon") {
    say(missed[chosen()], true)
    return
  }
  const near = pixels(9), corners = live._corners ?? []
  const again = corners.length > 0 && away(corners[corners.length - 1]) < near
  if (corners.length > 2 && (away(corners[0]) < near || (again && event === "doubletap"))) close()
  else if (!again) {
    live._corners = [...corners, here]
    corner_by_corner([])
  }
}
const pulled = () => {
  const shape = shaped(live._gesture)
  live._gesture.shape = shape
  if (sound(shape)) take(shape)
}
const let_go = () => {
  const {shape} = live._gesture
  live._gesture = null
  if (!shape) clicked()
  else if (sound(shape)) text.value = written(shape)
  else cancel()
}

if (event === "tap" || event === "doubletap") clicked()
else if (live._corners && chosen() === "polygon") {
  // A hand that slips while it clicks has clicked all the same.
  if (event === "panend" || event === "pressup") clicked()
  else if (event === "mousemove" || event === "pan") corner_by_corner([here])
} else if (event === "panstart" || event === "press") {
  live._corners = null
  const from = [clamp(cb_obj.x - pixels(cb_obj.delta_x ?? 0), field.w),
    clamp(cb_obj.y + pixels(cb_obj.delta_y ?? 0), field.h)]
  live._gesture = {...begun(event === "press" ? here : from), held: event === "press"}
  say(hints[chosen()])
} else if (live._gesture) {
  if (event === "pan" || (event === "mousemove" && live._gesture.held)) pulled()
  else if (event === "panend" || event === "pressup") let_go()
}
"""


def listen(plot: Any, **named: Any) -> None:
    """Let regions be drawn on a figure.

    Parameters
    ----------
    plot : bokeh figure
    **named
        ``tool``: a group of buttons, one for each of :data:`KINDS`; ``text``: the text input that
        has the region when it is let go; ``live``: a model whose tags have it while it is drawn,
        and nothing when that is cancelled; ``hint``: a block that says what to do; ``outline``,
        ``corners``: sources of what is drawn; the tags of the outline are the field's width and
        height in pixels.
    """
    from bokeh.models import CustomJS

    told = {"kinds": list(KINDS), "hints": HINTS, "closing": CORNERS, "accent": ACCENT}
    args: dict[str, Any] = {"plot": plot, **told, **named}
    code = CustomJS(code=SHAPES + POINTER, args={**args, "missed": CLICKED})
    for event in EVENTS:
        plot.js_on_event(event, code)
    # A figure has its element only when it is laid out.
    plot.js_on_change(
        "inner_height",
        CustomJS(code=SHAPES + KEYS, args={**args, "by_keys": BY_KEYS, "label": LABEL}),
    )
    named["tool"].js_on_change(
        "active",
        CustomJS(
            code=SHAPES + "cancel()\ntext.title = titles[chosen()]",
            args={**args, "titles": {kind: title_of(kind) for kind in KINDS}},
        ),
    )


def title_of(kind: str) -> str:
    """Give the title of the field in which a region is written.

    Examples
    --------
    >>> title_of("disc")
    'region, as disc:x,y,radius'
    """
    return f"region, as {WRITTEN[kind]}"
