// Composes the picture of the map from two: the pushed one on the left, the hidden one on the right.
const find = (name) => Bokeh.documents.map(d => d.get_model_by_name(name)).find(m => m != null)

export function render({ model, el }) {
  const box = document.createElement("div")
  box.className = "ql-divider"
  const left = document.createElement("span"), right = document.createElement("span")
  const slider = document.createElement("input")
  Object.assign(slider, {type: "range", min: 0, max: 100, step: 1})
  box.append(left, slider, right)
  const words = () => {
    left.textContent = `◀ ${model.left}`
    right.textContent = `${model.right} ▶`
    slider.setAttribute("aria-label", model.label)
    say()
  }
  const say = () => slider.setAttribute("aria-valuetext",
    `${model.left}: ${slider.value} %, ${model.right}: ${100 - slider.value} %`)
  slider.value = model.value

  let pictures = null, sides = null, whole = null
  // a part of an array of the plotting library would be an array of its own: look at the bytes
  const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.length)
  const compose = () => {
    if (!sides || !sides.data.right[0] || !whole) return
    const other = bytes(sides.data.right[0]), grid = pictures.data.image[0]
    if (grid.length !== other.length || grid.length !== whole.length) return
    const [rows, columns] = grid.shape, cut = Math.round(columns * slider.value / 100)
    for (let row = 0; row < rows; row++) {
      const from = row * columns
      grid.set(whole.subarray(from, from + cut), from)
      grid.set(other.subarray(from + cut, from + columns), from + cut)
    }
    const span = find("qazcube-divider")
    const {x: [start], dw: [width]} = pictures.data
    if (span) span.location = start + width * slider.value / 100
    pictures.change.emit()
  }
  const taken = () => {   // a picture has been pushed: keep its left side whole
    const grid = pictures.data.image && pictures.data.image[0]
    whole = grid ? Uint8Array.from(grid) : null
    compose()
  }
  const join = () => {
    const fig = find("qazcube-map")
    const found = find("qazcube-sides")
    if (!fig || !found) return false
    const image = fig.renderers.find(r => r.glyph.type == "Image")
    if (!image) return false
    pictures = image.data_source
    sides = found
    pictures.properties.data.change.connect(taken)
    taken()
    return true
  }
  const wait = () => { if (!join()) setTimeout(wait, 150) }
  wait()

  slider.addEventListener("input", () => { say(); compose() })
  slider.addEventListener("change", () => model.send_msg(Number(slider.value)))
  model.on("value", () => { slider.value = model.value; words(); compose() })
  for (const name of ["left", "right", "label"]) model.on(name, words)
  words()
  return box
}
