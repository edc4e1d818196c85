/* What lies under the pointer on the map: the value of the grid, the place, the largest earthquakes.

   Arguments: fig, image and events (data sources), scale (limits, units, language), labels (names;
   without a name for the value none is shown).
   Runs whenever the figure has been laid out; does its work once for each element. A tooltip of the
   plotting library measures the page at each move and each repaint: here text is written into nodes
   that are there already, at a place that is computed. */
const view = Bokeh.index.find_one(fig)
if (view == null || view.el.qcPointer) return
view.el.qcPointer = true

// Chromium knows Kazakh but writes its numbers as in English; those of Russian are the same as ours
const locale = () => scale.data.language[0] === "kk" ? "ru" : scale.data.language[0]
const RADIUS = 6378137, REACH = 6, MOST = 2
const FIELDS = ["magnitude", "depth", "time", "event", "origin"]
const NAMES = {origin: "source"}
const box = document.createElement("div")
box.className = "qc-pointer"
box.setAttribute("aria-hidden", "true")
box.style.cssText = "position:absolute;left:0;top:0;z-index:6;display:none;pointer-events:none;" +
  "max-width:340px;padding:6px 10px;border-radius:8px;font:12.5px/1.4 var(--qc-font);" +
  "background:var(--qc-surface);color:var(--qc-text);box-shadow:0 1px 5px #0007;contain:layout style"
const line = (name, parent) => {
  const row = document.createElement("div"), head = document.createElement("b")
  const text = document.createTextNode("")
  head.style.cssText = "color:var(--qc-primary);font-weight:600"
  head.append(`${name}: `)
  row.append(head, text)
  parent.append(row)
  return text
}
const value = labels.value ? line(labels.value, box) : null, place = line(labels.place, box)
const found = []
for (let n = 0; n < MOST; n++) {
  const group = document.createElement("div")
  group.style.cssText = "display:none;margin-top:4px;border-top:1px solid var(--qc-line)"
  box.append(group)
  found.push({group, texts: FIELDS.map(name => line(labels[NAMES[name] || name], group))})
}

const valueText = (x, y) => {
  const {image: [grid], x: [left], y: [low], dw: [width], dh: [height]} = image.data
  const [rows, columns] = grid.shape
  const row = Math.floor((y - low) / height * rows)
  const column = Math.floor((x - left) / width * columns)
  const inside = row >= 0 && row < rows && column >= 0 && column < columns
  const index = inside ? grid[row * columns + column] : 0
  if (index < 1) return labels.empty
  const names = scale.data.names && scale.data.names[0]   // of classes, where there are some
  if (names && names.length) return names[index - 1] || labels.empty
  const from = scale.data.low[0], to = scale.data.high[0]
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(to - from, 1e-9))))
  const size = from + (index - 1) / 254 * (to - from), log = scale.data.log && scale.data.log[0]
  const number = log   // colours by the logarithm: 10 ** size, times what makes it a per cent
    ? (log * 10 ** size).toLocaleString(locale(), {maximumSignificantDigits: 2})
    : size.toLocaleString(locale(), {maximumFractionDigits: digits})
  return `${index == 1 ? "≤ " : index == 255 ? "≥ " : "≈ "}${number} ${scale.data.units[0]}`
}
const placeText = (x, y) => {
  const turn = x / RADIUS * 180 / Math.PI
  const longitude = ((turn + 180) % 360 + 360) % 360 - 180
  const latitude = (2 * Math.atan(Math.exp(y / RADIUS)) - Math.PI / 2) * 180 / Math.PI
  const options = {minimumFractionDigits: 2, maximumFractionDigits: 2}
  const write = (angle) => angle.toLocaleString(locale(), options)
  return `${write(latitude)}°, ${write(longitude)}°`
}
const near = (x, y, metres) => {
  const {x: xs, y: ys} = events.data, reach = (REACH * metres) ** 2, rows = []
  for (let i = 0; i < xs.length && rows.length < MOST; i++)
    if ((xs[i] - x) ** 2 + (ys[i] - y) ** 2 <= reach) rows.push(i)
  return rows
}

let spot = null, asked = false
const show = () => {
  asked = false
  const frame = view.frame.bbox, edge = spot && view.el.getBoundingClientRect()
  const left = spot && spot[0] - edge.left - frame.x0, top = spot && spot[1] - edge.top - frame.y0
  if (!spot || left < 0 || top < 0 || left > frame.width || top > frame.height) {
    box.style.display = "none"
    return
  }
  if (!box.isConnected) view.shadow_el.append(box)
  const {x_range, y_range} = fig, metres = (x_range.end - x_range.start) / frame.width
  const x = x_range.start + left * metres
  const y = y_range.end - top / frame.height * (y_range.end - y_range.start)
  if (value) value.data = valueText(x, y)
  place.data = placeText(x, y)
  const rows = near(x, y, metres)
  found.forEach(({group, texts}, n) => {
    group.style.display = n < rows.length ? "block" : "none"
    if (n < rows.length)
      FIELDS.forEach((name, m) => { texts[m].data = events.data[name][rows[n]] })
  })
  const across = left > frame.width / 2 ? `calc(${frame.x0 + left - 14}px - 100%)`
    : `${frame.x0 + left + 14}px`
  const down = top > frame.height / 2 ? `calc(${frame.y0 + top - 10}px - 100%)`
    : `${frame.y0 + top + 10}px`
  box.style.transform = `translate(${across}, ${down})`
  box.style.display = "block"
}
const ask = () => {
  if (!asked) requestAnimationFrame(show)
  asked = true
}
const move = (event) => {
  spot = event.buttons ? null : [event.clientX, event.clientY] // nothing while the map is dragged
  ask()
}
for (const kind of ["pointermove", "pointerup"])
  view.el.addEventListener(kind, move, {capture: true, passive: true})
view.el.addEventListener("pointerleave", (event) => {
  if (event.pointerType == "touch") return // what a finger has asked for stays until the next tap
  spot = null
  ask()
})
for (const source of [image, events]) source.properties.data.change.connect(() => { if (spot) ask() })
