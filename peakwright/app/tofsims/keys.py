"""A region laid, moved and sized with the keys, once the image has the focus."""

from __future__ import annotations

__all__ = ["BY_KEYS", "KEYS", "LABEL"]

BY_KEYS = "Enter lays a region, arrows move it, with Shift size it, Delete: none"
"""What is said to who comes to the image with the keyboard."""
LABEL = f"image of the ions; {BY_KEYS}"
KEYS = """
const middle = () => {
  const {w, h} = field
  const [x, y, u, v] = [w / 4, h / 4, 3 * w / 4, 3 * h / 4].map(Math.round)
  if (chosen() === "rectangle") return {kind: "rectangle", a: [x, y], b: [u, v]}
  if (chosen() === "disc") return {kind: "disc", x: w / 2, y: h / 2, r: Math.min(w, h) / 4}
  return {kind: "polygon", points: [[x, h / 2], [w / 2, y], [u, h / 2], [w / 2, v]]}
}
const grown = (s, dx, dy) => {
  if (s.kind === "disc") return {...s, r: s.r + (dx || dy)}
  if (s.kind === "rectangle") {
    const [x0, y0, x1, y1] = box(s)
    return {...s, a: [x0, y0], b: [clamp(x1 + dx, field.w), clamp(y1 + dy, field.h)]}
  }
  const xs = s.points.map((p) => p[0]), ys = s.points.map((p) => p[1])
  const [x, y] = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2]
  const by = 1 + 2 * (dx || dy) / Math.max(Math.max(...xs) - Math.min(...xs), 1)
  return {...s, points: s.points.map((p) => [
    clamp(x + by * (p[0] - x), field.w), clamp(y + by * (p[1] - y), field.h)])}
}
const steps = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1]}
const key = (name, shift) => {
  if (live._gesture || live._corners) {
    if (name === "Escape") cancel()
    else if (name === "Enter" && live._corners) close()
    else if (name === "Backspace" && live._corners) {
      live._corners.pop()
      if (live._corners.length) corner_by_corner([])
      else cancel()
    } else return false
    return true
  }
  const old = live._keyed ?? parse(text.value)
  if (name === "Enter" && !old) text.value = written(middle())
  else if (name === "Delete" && old) text.value = ""
  else if (name in steps && old) {
    const [dx, dy] = steps[name]
    const shape = shift ? grown(old, dx, dy) : moved(old, dx, dy)
    if (sound(shape)) {
      live._keyed = shape
      take(shape)
    }
  } else return false
  return true
}
const up = () => {
  if (!live._keyed) return
  const shape = live._keyed
  live._keyed = null
  text.value = written(shape)
}
const heard = () => {
  const view = Bokeh.index.find_one(plot)
  const place = view?.canvas_view?.events_el
  if (!place || place._heard) return
  place._heard = true
  place.tabIndex = 0
  place.setAttribute("role", "application")
  place.setAttribute("aria-label", label)
  const ring = (on) => {
    const seen = on && place.matches(":focus-visible")
    place.style.outline = seen ? `2px solid ${accent}` : "none"
    if (seen) say(by_keys)
    else if (!live._corners) say(hints[chosen()])
  }
  place.addEventListener("focus", () => ring(true))
  place.addEventListener("blur", () => { up(); ring(false) })
  place.addEventListener("pointerdown", () => place.focus({preventScroll: true}))
  place.addEventListener("keydown", (e) => {
    if (!e.ctrlKey && !e.metaKey && !e.altKey && key(e.key, e.shiftKey)) e.preventDefault()
  })
  place.addEventListener("keyup", up)
}
heard()
"""
