/* The compared points: a button each that removes it, the switch for comparing, the dock's height. */
const CLOSE = "M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4 10.6 12 5 17.6 6.4 19 12 13.4 17.6 19 19 17.6 13.4 12z"
const HEIGHT = "M12 5.8 15.2 9l1.4-1.4L12 3 7.4 7.6 8.8 9zm0 12.4L8.8 15l-1.4 1.4L12 21l4.6-4.6-1.4-1.4z"

export function render({model}) {
  const bar = document.createElement("div")
  bar.className = "bar"
  const picture = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`
  const named = (made, name) => {
    made.title = name
    made.setAttribute("aria-label", name)
  }
  const chips = []
  const relabel = () => {
    model.points.forEach(([text, name, colour], place) => {
      if (!chips[place]) { // made once and only relabelled: who has the focus keeps it
        const chip = document.createElement("button")
        chip.type = "button"
        chip.className = "chip"
        chip.innerHTML = `<span></span>${picture(CLOSE)}`
        chip.addEventListener("click", () => model.send_msg({remove: place}))
        compare.before(chip)
        chips.push(chip)
      }
      chips[place].style.borderColor = colour
      chips[place].firstChild.textContent = text
      named(chips[place], name)
    })
    chips.forEach((chip, place) => { chip.hidden = place >= model.points.length })
  }
  const compare = document.createElement("label")
  const box = document.createElement("input")
  box.type = "checkbox"
  box.setAttribute("role", "switch")
  compare.title = model.names.about
  compare.append(box, model.names.compare)
  box.addEventListener("change", () => { model.compare = box.checked })
  const size = document.createElement("button")
  size.type = "button"
  size.className = "tool"
  size.innerHTML = picture(HEIGHT)
  named(size, model.names.size)
  size.addEventListener("click", () => model.send_msg({resize: 1}))
  bar.append(compare, size)
  const follow = () => { box.checked = model.compare }
  model.on("points", relabel)
  model.on("compare", follow)
  relabel()
  follow()
  return bar
}
