// The hands' side of the XPS view: pointers, wheel, keys and panels. It knows no physics: it moves a
// marker under the pointer at once, says what was done, and shows what Python answers.
//
// Arguments: spectrum, residual (figures), handles, ends, curves (sources), shades, out, panels, blocks.

const views = cb_context.index
const plot = views.get_one(spectrum)
if (plot.peakwright) return
plot.peakwright = true
const below = views.get_one(residual)

const NEAR = 15, EDGE = 7, STILL = 4, PAUSE = 350, PATIENCE = 400
let said = 0

// What is said after a turn of the wheel is said of the width that it ended with.
function say(command, details = {}) {
  if (command != "hold") settle_width()
  said += 1
  out.data = {number: [said], command: [command], details: [JSON.stringify(details)]}
  return said
}

// --- where things are ---------------------------------------------------------------------------

function place(view, event) {
  const box = view.canvas_view.events_el.getBoundingClientRect()
  const sx = event.clientX - box.left, sy = event.clientY - box.top
  const x = view.frame.x_scale.invert(sx), y = view.frame.y_scale.invert(sy)
  const frame = view.frame.bbox
  const inside = sx >= frame.left && sx <= frame.right && sy >= frame.top && sy <= frame.bottom
  return {sx, sy, x, y, inside}
}

function handle_at({sx, sy}) {
  const {x, y} = handles.data
  let best = -1, least = NEAR
  for (let i = 0; i < x.length; i++) {
    const dx = plot.frame.x_scale.compute(x[i]) - sx, dy = plot.frame.y_scale.compute(y[i]) - sy
    const distance = Math.hypot(dx, dy)
    if (distance < least) { best = i; least = distance }
  }
  return best
}

function end_at({sx, inside}) {
  if (!inside) return -1
  const places = Array.from(ends.data.x, (x) => Math.abs(plot.frame.x_scale.compute(x) - sx))
  const best = places[0] <= places[1] ? 0 : 1
  return places[best] <= EDGE ? best : -1
}

function index_of(name) { return Array.from(handles.data.name).indexOf(name) }

// --- holding a marker or an end of the window -----------------------------------------------------

let held = null    // what is in the hand
let waiting = null // the latest place that has not been said yet
let asking = 0     // the timer of a place that has been said and not been answered

// One question at a time: while it is not answered only the latest place is kept.
function hold(details) {
  waiting = details
  if (asking == 0) ask()
}

function ask() {
  clearTimeout(asking)
  asking = 0
  if (waiting == null) return
  const details = waiting
  waiting = null
  asking = setTimeout(ask, PATIENCE)
  say("hold", details)
}

curves.properties.data.change.connect(ask)

function move_marker(name, x, y) {
  const i = index_of(name)
  if (i < 0) return
  handles.data.x[i] = x
  handles.data.y[i] = y
  handles.change.emit()
}

function move_end(i, x) {
  ends.data.x[i] = x
  ends.change.emit()
  if (i == 0) shades[0].left = x
  else shades[1].right = x
}

function begin(event) {
  if (event.button != 0) return
  settle_width()
  const at = place(plot, event)
  const i = handle_at(at)
  if (i >= 0) {
    const {name, x, y, low, high, tied} = handles.data
    held = {kind: "marker", name: name[i], low: low[i], high: high[i], tied: tied[i],
            from: at, dx: x[i] - at.x, dy: y[i] - at.y, x: x[i], y: y[i], moved: false}
  } else {
    const end = end_at(at)
    if (end < 0) return
    held = {kind: "end", end, from: at, x: ends.data.x[end], start: ends.data.x[end], moved: false}
  }
  event.preventDefault()
  event.stopImmediatePropagation()
  area.setPointerCapture(event.pointerId)
  area.style.cursor = held.kind == "end" ? "ew-resize" : "grabbing"
  plot.el.focus({preventScroll: true})
}

function move(event) {
  const at = place(plot, event)
  if (held == null) {
    const i = handle_at(at)
    area.style.cursor = i >= 0 ? (handles.data.tied[i] ? "not-allowed" : "grab")
                               : end_at(at) >= 0 ? "ew-resize" : ""
    return
  }
  event.stopImmediatePropagation()
  if (!held.moved && Math.hypot(at.sx - held.from.sx, at.sy - held.from.sy) < STILL) return
  if (held.kind == "end") {
    held.moved = true
    const other = ends.data.x[1 - held.end]
    held.x = held.end == 0 ? Math.min(at.x, other - 0.1) : Math.max(at.x, other + 0.1)
    move_end(held.end, held.x)
    return
  }
  if (!held.moved) {
    held.moved = true
    say("take", {component: held.name})
  }
  if (held.tied) return
  held.x = Math.min(Math.max(at.x + held.dx, held.low), held.high)
  held.y = at.y + held.dy
  move_marker(held.name, held.x, held.y)
  hold({component: held.name, position: held.x, level: held.y})
}

function end(event) {
  if (held == null) return
  const {kind, moved, name, x, y, tied} = held
  held = null
  waiting = null
  area.style.cursor = ""
  event.stopImmediatePropagation()
  if (kind == "end") {
    if (moved) say("window", {low: ends.data.x[0], high: ends.data.x[1]})
  } else if (moved) {
    say("release", tied ? {component: name} : {component: name, position: x, level: y})
  } else {
    say("select", {component: name})
  }
}

function let_go() {
  if (held == null) return
  const was = held
  held = null
  waiting = null
  if (was.kind == "end") move_end(was.end, was.start)
  else if (was.moved) say("cancel", {})
}

// --- the wheel over a marker is its width -----------------------------------------------------------

let turned = null

function turn(event) {
  const i = handle_at(place(plot, event))
  if (i < 0) return
  event.preventDefault()
  event.stopImmediatePropagation()
  const name = handles.data.name[i]
  if (turned == null || turned.name != name) {
    say("take", {component: name, field: "fwhm"})
    turned = {name, steps: 0, timer: 0}
  }
  turned.steps += event.deltaY < 0 ? 1 : -1
  hold({component: name, steps: turned.steps})
  clearTimeout(turned.timer)
  turned.timer = setTimeout(settle_width, PAUSE)
}

function settle_width() {
  if (turned == null) return
  const {name, steps, timer} = turned
  clearTimeout(timer)
  turned = null
  waiting = null
  say("release", {component: name, steps})
}

// --- right click deletes, a click in the residual proposes ------------------------------------------

function right(event) {
  const i = handle_at(place(plot, event))
  if (i < 0) return
  event.preventDefault()
  event.stopImmediatePropagation()
  say("delete", {component: handles.data.name[i]})
}

let asked = {left: 0, top: 0}

function propose(event) {
  const at = place(below, event)
  if (!at.inside || event.button != 0) return
  asked = {left: event.clientX, top: event.clientY}
  say("propose", {position: at.x})
}

// By a key: where the model lacks most.
function propose_highest() {
  const {x, residual} = curves.data
  if (x == null || x.length == 0) return
  let best = 0
  for (let i = 1; i < x.length; i++) if (residual[i] > residual[best]) best = i
  const box = below.canvas_view.events_el.getBoundingClientRect()
  const y = below.frame.y_scale.compute(residual[best])
  asked = {left: box.left + below.frame.x_scale.compute(x[best]), top: box.top + y}
  say("propose", {position: x[best]})
}

// --- looking closer, at what is in hand ---------------------------------------------------------------

function zoom(by) {
  const {x, y, size} = handles.data
  const i = Array.from(size).indexOf(Math.max(...size))
  for (const [range, at] of [[plot.model.x_range, x[i]], [plot.model.y_range, y[i]]]) {
    const {start, end, reset_start, reset_end} = range
    const centre = at ?? (start + end) / 2
    const within = (value) => Math.min(Math.max(value, Math.min(reset_start, reset_end)),
                                       Math.max(reset_start, reset_end))
    range.setv({start: within(centre + (start - centre) * by), end: within(centre + (end - centre) * by)})
  }
}

function see_all() {
  for (const range of [plot.model.x_range, plot.model.y_range]) {
    range.setv({start: range.reset_start, end: range.reset_end})
  }
}

const area = plot.canvas_view.events_el
const capture = {capture: true}
area.addEventListener("pointerdown", begin, capture)
area.addEventListener("pointermove", move, capture)
area.addEventListener("pointerup", end, capture)
area.addEventListener("pointercancel", let_go, capture)
area.addEventListener("wheel", turn, {capture: true, passive: false})
area.addEventListener("contextmenu", right, capture)
const residual_area = below.canvas_view.events_el
residual_area.addEventListener("click", propose, capture)
residual_area.style.cursor = "copy"
plot.el.tabIndex = 0
plot.el.setAttribute("role", "application")
plot.el.setAttribute("aria-label",
  "Spectrum. Left and right arrows move the selected component, up and down change its width, " +
  "c takes the next one, Delete removes it, a adds one, plus and minus look closer, " +
  "question mark says all.")

// --- keys -------------------------------------------------------------------------------------------

function visible() { return plot.el.getBoundingClientRect().width > 0 }

function key(event) {
  if (!visible()) return
  const target = event.composedPath()[0]
  const typing = target instanceof Element && target.matches("input:not([type=checkbox]), select, textarea")
  const control = event.ctrlKey || event.metaKey
  const name = event.key.toLowerCase()
  if (control && !typing && (name == "z" || name == "y")) {
    event.preventDefault()
    say(name == "y" || event.shiftKey ? "redo" : "undo")
    return
  }
  if (event.key == "Escape") {
    if (help.isConnected) { close_help(); event.preventDefault() }
    else if (menu.isConnected) { close_menu(); event.preventDefault() }
    else if (held != null) { let_go(); event.preventDefault() }
    return
  }
  if (event.key == "?" && !typing && help.isConnected) { close_help(); event.preventDefault(); return }
  if (typing || control || event.altKey || menu.isConnected || help.isConnected) return
  const step = event.shiftKey ? 0.1 : 0.01
  const done = {
    ArrowLeft: () => say("nudge", {field: "position", by: step}),
    ArrowRight: () => say("nudge", {field: "position", by: -step}),
    ArrowUp: () => say("nudge", {field: "fwhm", by: step}),
    ArrowDown: () => say("nudge", {field: "fwhm", by: -step}),
    Delete: () => say("delete", {}),
    c: () => say("next", {}),
    a: propose_highest,
    m: () => say("more", {}),
    "+": () => zoom(0.8),
    "=": () => zoom(0.8),
    "-": () => zoom(1.25),
    "0": see_all,
    "?": () => say("help", {}),
    "[": () => say("region", {by: -1}),
    "]": () => say("region", {by: 1}),
  }[event.key]
  if (done == null) return
  event.preventDefault()
  done()
}
document.addEventListener("keydown", key)

// --- panels of HTML: buttons and fields say their data-command --------------------------------------

function details_of(element) {
  const {command, key, ...details} = element.dataset
  if (element instanceof HTMLInputElement && element.type == "checkbox") details.value = element.checked
  else if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) details.value = element.value
  return details
}

function commander(event, selector) {
  for (const element of event.composedPath()) {
    if (element instanceof Element && element.matches(selector)) return element
  }
  return null
}

function listen(root) {
  root.addEventListener("click", (event) => {
    const element = commander(event, "button[data-command]")
    if (element == null || element.disabled) return
    say(element.dataset.command, details_of(element))
    if (menu.contains(element)) close_menu()
  })
  root.addEventListener("change", (event) => {
    const element = commander(event, "input[data-command], select[data-command]")
    if (element == null) return
    element.typed = false
    element.taken = element.value
    say(element.dataset.command, details_of(element))
    if (element.dataset.reset != null) element.selectedIndex = 0
  })
  root.addEventListener("focusout", (event) => {
    const element = commander(event, "input[data-command]")
    if (element == null || !element.typed) return
    element.typed = false
    if (element.value != element.defaultValue) say(element.dataset.command, details_of(element))
  })
  root.addEventListener("focusin", (event) => {
    const element = commander(event, "input[data-component]:not([type=checkbox])")
    if (element != null) say("select", {component: element.dataset.component})
  })
  root.addEventListener("keydown", (event) => {
    const element = commander(event, "input")
    if (element == null) return
    if (event.key == "Escape") { element.value = element.defaultValue; element.blur() }
    if (event.key == "Enter" && element.value == element.defaultValue) element.blur()
  })
}

// What has the focus stays the element that it is: a cell that is being edited keeps its text, its
// caret, and what it says when it is left; a button that is being pressed is still there when let go.
function fill(root, html) {
  const focused = root.getRootNode().activeElement
  const key = root.contains(focused) ? focused.dataset.key : null
  const typed = key != null && edited(focused) && !focused.matches(".sent") ? focused.value : null
  if (key != null && !focused.matches(".sent")) {
    const fresh = root.cloneNode(false)
    fresh.innerHTML = html
    if (fits_around(root, fresh, focused)) { fill_around(root, fresh, focused); return }
  }
  const top = root.scrollTop
  root.innerHTML = html
  root.scrollTop = top
  if (key == null) return
  const again = Array.from(root.querySelectorAll("[data-key]")).find((e) => e.dataset.key == key)
  if (again == null) return
  again.focus({preventScroll: true})
  if (typed == null) return
  again.value = typed
  again.typed = true  // a text that a script wrote does not change for the browser
}

// Whether a field holds a text that has not been said yet.
function edited(field) {
  return field.matches("input:not([type=checkbox])") && field.value != field.defaultValue &&
    field.value != field.taken
}

// Whether there is a counterpart of the kept element where it stands.
function fits_around(old, fresh, kept) {
  if (old == kept) return fresh.dataset.key == kept.dataset.key
  const place = Array.from(old.children).findIndex((child) => child.contains(kept))
  const same = old.tagName == fresh.tagName && old.childNodes.length == fresh.childNodes.length
  return same && fits_around(old.children[place], fresh.children[place] ?? fresh, kept)
}

function fill_around(old, fresh, kept) {
  for (const {name, value} of Array.from(fresh.attributes)) {
    if (old != kept || name != "value") old.setAttribute(name, value)
  }
  for (const {name} of Array.from(old.attributes)) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name)
  }
  if (old == kept) {
    refresh(kept, fresh)
    return
  }
  const news = Array.from(fresh.childNodes)
  Array.from(old.childNodes).forEach((child, i) => {
    if (child.contains(kept)) fill_around(child, news[i], kept)
    else child.replaceWith(news[i])
  })
}

function refresh(kept, fresh) {
  if (kept.matches("input:not([type=checkbox])")) {
    const stays = edited(kept)
    kept.defaultValue = fresh.defaultValue
    if (!stays && kept.value != fresh.value) kept.value = fresh.value
  } else if (kept.matches("input")) {
    kept.checked = fresh.checked
  } else if (kept.innerHTML != fresh.innerHTML) {
    const chosen = kept.value
    kept.innerHTML = fresh.innerHTML
    if (kept.matches("select") && kept.dataset.reset == null) kept.value = fresh.value ?? chosen
  } else if (kept.matches("select")) {
    kept.value = fresh.value
  }
}

const roots = {}
for (const block of blocks) {
  for (const root of views.get_one(block).shadow_el.querySelectorAll("[data-panel]")) {
    roots[root.dataset.panel] = root
    listen(root)
  }
}

// While a hand moves something only the values change: no cell is made anew.
function set_numbers(numbers) {
  const focused = roots.grid.getRootNode().activeElement
  for (const cell of roots.grid.querySelectorAll("input.value")) {
    const text = numbers[cell.dataset.key]
    if (text == null || text == cell.value) continue
    if (cell == focused && cell.value != cell.defaultValue) continue
    cell.defaultValue = text
    cell.value = text
  }
}

function show_panels() {
  const {name, html, force} = panels.data
  for (let i = 0; i < name.length; i++) {
    if (name[i] == "menu") { open_menu(html[i]); continue }
    if (name[i] == "help") { open_help(html[i]); continue }
    if (name[i] == "numbers") { set_numbers(JSON.parse(html[i])); continue }
    const root = roots[name[i]]
    if (force[i]) {
      const focused = root.getRootNode().activeElement
      if (root.contains(focused)) focused.classList.add("sent")
    }
    fill(root, html[i])
    if (name[i] == "status") make_room(root)
  }
}

// A long answer takes two lines: the figure below gives them up, and takes them again.
let tall = 0

function make_room(root) {
  const now = root.getBoundingClientRect().height
  if (tall != 0 && now != tall) plot.invalidate_layout()
  tall = now
}

const menu = document.createElement("div")
menu.className = "peakwright-menu"
menu.setAttribute("role", "menu")
listen(menu)
menu.addEventListener("keydown", (event) => {
  const buttons = Array.from(menu.querySelectorAll("button"))
  const now = buttons.indexOf(document.activeElement)
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key]
  if (step == null) return
  event.preventDefault()
  buttons[(now + step + buttons.length) % buttons.length]?.focus()
})
document.addEventListener("pointerdown", (event) => {
  if (menu.isConnected && !event.composedPath().includes(menu)) close_menu()
}, capture)

function open_menu(html) {
  menu.innerHTML = html
  document.body.appendChild(menu)
  const {width, height} = menu.getBoundingClientRect()
  menu.style.left = `${Math.max(4, Math.min(asked.left, innerWidth - width - 8))}px`
  menu.style.top = `${Math.max(4, Math.min(asked.top + 6, innerHeight - height - 8))}px`
  menu.querySelector("button")?.focus()
}

function close_menu() { menu.remove(); plot.el.focus({preventScroll: true}) }

// --- the help ---------------------------------------------------------------------------------------

const help = document.createElement("div")
help.className = "peakwright-help"
help.setAttribute("role", "dialog")
help.setAttribute("aria-label", "what you can do")
help.addEventListener("click", (event) => {
  if (event.target == help || event.target.closest("button") != null) close_help()
})

function open_help(html) {
  help.innerHTML = `<div>${html}</div>`
  document.body.appendChild(help)
  help.querySelector("button").focus()
}

function close_help() { help.remove(); plot.el.focus({preventScroll: true}) }

panels.properties.data.change.connect(show_panels)
show_panels()
say("ready")
