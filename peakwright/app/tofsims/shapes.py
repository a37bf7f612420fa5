"""Shapes of a region in the browser: read, written, drawn, moved, for the mouse and the keys.

They are scripts: what a hand does is seen at once, and the server is told of what it comes to.
"""

from __future__ import annotations

__all__ = ["KINDS", "SHAPES"]

KINDS = ("rectangle", "disc", "polygon")
SHAPES = """
const field = {get w() { return outline.tags[0] }, get h() { return outline.tags[1] }}
const clamp = (v, high) => Math.min(Math.max(v, 0), high)
const pixels = (screen) =>
  screen * Math.abs(plot.x_range.end - plot.x_range.start) / (plot.inner_width || 300)
const tenth = (v) => Math.round(v * 10) / 10
const chosen = () => kinds[tool.active ?? 0]
const say = (told, loud) => {
  hint.text = `<p class="muted"${loud ? ` style="color:${accent}"` : ""}>${told}</p>`
}

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
    dx = Math.min(Math.max(dx, -Math.min(...xs)), field.w - Math.max(...xs))
    dy = Math.min(Math.max(dy, -Math.min(...ys)), field.h - Math.max(...ys))
  }
  if (s.kind === "rectangle") {
    [dx, dy] = [Math.round(dx), Math.round(dy)]
    return {...s, a: [s.a[0] + dx, s.a[1] + dy], b: [s.b[0] + dx, s.b[1] + dy]}
  }
  if (s.kind === "disc") return {...s, x: clamp(s.x + dx, field.w), y: clamp(s.y + dy, field.h)}
  return {...s, points: s.points.map(([x, y]) => [x + dx, y + dy])}
}
const draw = (s) => {
  const points = outlined(s)
  outline.data = {xs: [points.map((p) => p[0])], ys: [points.map((p) => p[1])]}
  corners.data = s.kind === "rectangle"
    ? {x: points.map((p) => p[0]), y: points.map((p) => p[1])} : {x: [], y: []}
}
const redraw = () => {
  const old = parse(text.value)
  if (old) draw(old)
  else { outline.data = {xs: [], ys: []}; corners.data = {x: [], y: []} }
}
const take = (s) => {
  draw(s)
  live.tags = [written(s)]
}
const stop = () => {
  live._gesture = live._corners = null
  say(hints[chosen()])
}
const cancel = () => {
  stop()
  redraw()
  // What is drawn already of the profile goes back to that of the region there is.
  live.tags = []
}
const corner_by_corner = (more) => {
  const points = [...live._corners, ...more]
  if (more.length && points.length > 2) take({kind: "polygon", points})
  else draw({kind: "polygon", points})
  corners.data = {x: live._corners.map((p) => p[0]), y: live._corners.map((p) => p[1])}
  say(closing, true)
}
const close = () => {
  const shape = {kind: "polygon", points: live._corners}
  if (!sound(shape)) return
  stop()
  take(shape)
  text.value = written(shape)
}
"""
