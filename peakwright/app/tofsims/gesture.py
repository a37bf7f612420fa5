"""Drawing a region on an image with the mouse, and moving it; all of it in the browser.

A drag from outside the region draws a new one; from inside it moves the one there is; a rectangle
is pulled at its corners, a disc at its rim. Who holds still before dragging sends other events than
who drags at once: both are heard.
"""

from __future__ import annotations

from typing import Any

__all__ = ["EVENTS", "KINDS", "listen"]

KINDS = ("rectangle", "disc", "polygon")
EVENTS = ("panstart", "pan", "panend", "press", "pressup", "mousemove")

CODE = """
const [w, h] = outline.tags
const event = cb_obj.event_name
const clamp = (v, high) => Math.min(Math.max(v, 0), high)
const here = [clamp(cb_obj.x, w), clamp(cb_obj.y, h)]
const scale = Math.abs(plot.x_range.end - plot.x_range.start) / (plot.inner_width || 300)
const tenth = (v) => Math.round(v * 10) / 10

const parse = (t) => {
  const cut = t.lastIndexOf(":")
  const n = t.slice(cut + 1).split(",").map(Number)
  if (!t || n.some((v) => !isFinite(v))) return null
  if (t.startsWith("disc:")) return {kind: "disc", x: n[0], y: n[1], r: n[2]}
  if (t.startsWith("polygon:")) {
    const points = []
    for (let i = 0; i + 1 < n.length; i += 2) points.push([n[i], n[i + 1]])
    return {kind: "polygon", points}
  }
  return n.length === 4 ? {kind: "rectangle", a: [n[0], n[1]], b: [n[2], n[3]]} : null
}
const outlined = (s) => {
  if (s.kind === "rectangle") {
    const [x0, y0, x1, y1] = box(s)
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
  }
  if (s.kind === "disc") {
    return Array.from({length: 72}, (_, i) => [
      s.x + s.r * Math.cos(i * Math.PI / 36), s.y + s.r * Math.sin(i * Math.PI / 36)])
  }
  return s.points
}
const box = (s) => [
  Math.floor(Math.min(s.a[0], s.b[0]) + 1e-6), Math.floor(Math.min(s.a[1], s.b[1]) + 1e-6),
  Math.ceil(Math.max(s.a[0], s.b[0]) - 1e-6), Math.ceil(Math.max(s.a[1], s.b[1]) - 1e-6)]
const written = (s) => {
  if (s.kind === "rectangle") return box(s).join(",")
  if (s.kind === "disc") return "disc:" + [s.x, s.y, s.r].map(tenth).join(",")
  return "polygon:" + s.points.map((p) => p.map(tenth).join(",")).join(",")
}
const sound = (s) => {
  if (s.kind === "rectangle") { const [x0, y0, x1, y1] = box(s); return x1 > x0 && y1 > y0 }
  if (s.kind === "disc") return s.r >= 0.5
  return s.points.length >= 3
}
const contains = (points, [x, y]) => {
  let inside = false
  points.forEach(([x0, y0], i) => {
    const [x1, y1] = points[(i + 1) % points.length]
    if ((y0 > y) !== (y1 > y) && x < x0 + (y - y0) * (x1 - x0) / (y1 - y0)) inside = !inside
  })
  return inside
}
const fewer = (points, far) => {
  if (points.length < 3) return points
  const [a, b] = [points[0], points[points.length - 1]]
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  let [most, at] = [0, 0]
  points.forEach((p, i) => {
    const d = length < 1e-9 ? Math.hypot(p[0] - a[0], p[1] - a[1])
      : Math.abs((b[0] - a[0]) * (a[1] - p[1]) - (a[0] - p[0]) * (b[1] - a[1])) / length
    if (d > most) [most, at] = [d, i]
  })
  if (most <= far) return [a, b]
  return [...fewer(points.slice(0, at + 1), far).slice(0, -1), ...fewer(points.slice(at), far)]
}
const moved = (s, dx, dy) => {
  const points = outlined(s)
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1])
  // A disc may stick out of the field; what has corners stays inside.
  if (s.kind !== "disc") {
    dx = Math.min(Math.max(dx, -Math.min(...xs)), w - Math.max(...xs))
    dy = Math.min(Math.max(dy, -Math.min(...ys)), h - Math.max(...ys))
  }
  if (s.kind === "rectangle") {
    [dx, dy] = [Math.round(dx), Math.round(dy)]
    return {...s, a: [s.a[0] + dx, s.a[1] + dy], b: [s.b[0] + dx, s.b[1] + dy]}
  }
  if (s.kind === "disc") return {...s, x: clamp(s.x + dx, w), y: clamp(s.y + dy, h)}
  return {...s, points: s.points.map(([x, y]) => [x + dx, y + dy])}
}
const begun = (from) => {
  const old = parse(text.value), near = 9 * scale
  const kind = kinds[tool.active ?? 0]
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
  if (Math.hypot(here[0] - last[0], here[1] - last[1]) > 2 * scale) g.points.push(here)
  return {kind: "polygon", points: fewer(g.points, Math.max(0.4, 1.5 * scale))}
}
const draw = (s) => {
  const points = outlined(s)
  outline.data = {xs: [points.map((p) => p[0])], ys: [points.map((p) => p[1])]}
  corners.data = s.kind === "rectangle"
    ? {x: points.map((p) => p[0]), y: points.map((p) => p[1])} : {x: [], y: []}
}

if (event === "panstart" || event === "press") {
  const from = [clamp(cb_obj.x - (cb_obj.delta_x ?? 0) * scale, w),
    clamp(cb_obj.y + (cb_obj.delta_y ?? 0) * scale, h)]
  live._gesture = {...begun(event === "press" ? here : from), held: event === "press"}
} else if (live._gesture && (event === "pan" || (event === "mousemove" && live._gesture.held))) {
  const shape = shaped(live._gesture)
  live._gesture.shape = shape
  if (sound(shape)) {
    draw(shape)
    live.tags = [written(shape)]
  }
} else if (live._gesture && (event === "panend" || event === "pressup")) {
  const {shape} = live._gesture
  live._gesture = null
  if (!shape) return
  if (sound(shape)) text.value = written(shape)
  else {
    const old = parse(text.value)
    if (old) draw(old)
    else { outline.data = {xs: [], ys: []}; corners.data = {x: [], y: []} }
  }
}
"""


def listen(plot: Any, **named: Any) -> None:
    """Let regions be drawn on a figure.

    Parameters
    ----------
    plot : bokeh figure
    **named
        ``tool``: a group of buttons, one for each of :data:`KINDS`; ``text``: the text input that
        has the region when it is let go; ``live``: a model whose tags have it while it is drawn;
        ``outline``, ``corners``: sources of what is drawn; the tags of the outline are the field's
        width and height in pixels.
    """
    from bokeh.models import CustomJS

    code = CustomJS(code=CODE, args={"plot": plot, "kinds": list(KINDS), **named})
    for event in EVENTS:
        plot.js_on_event(event, code)
