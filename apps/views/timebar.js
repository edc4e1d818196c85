/* The time bar: one step back, play, one step forth, the time shown, a slider over all times. */
const ICONS = {
  back: "M6 6h2v12H6zm3.5 6 8.5 6V6z",
  play: "M8 5v14l11-7z",
  pause: "M6 19h4V5H6zm8-14v14h4V5z",
  forth: "m6 18 8.5-6L6 6zM16 6v12h2V6z",
}
const PAUSE = 60 // ms between two places of the slider that are told while it moves

export function render({model}) {
  const bar = document.createElement("div")
  bar.className = "bar"
  const picture = (icon) =>
    `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[icon]}"/></svg>`
  const button = (icon, name, act) => {
    const made = document.createElement("button")
    made.type = "button"
    made.title = name
    made.setAttribute("aria-label", name)
    made.innerHTML = picture(icon)
    made.addEventListener("click", act)
    bar.append(made)
    return made
  }
  const names = model.names
  button("back", names.back, () => model.send_msg({step: -1}))
  const play = button("play", names.play, () => { model.playing = !model.playing })
  button("forth", names.forth, () => model.send_msg({step: 1}))
  const label = document.createElement("output")
  label.className = "qc-time"
  label.setAttribute("aria-live", "polite")
  const range = document.createElement("input")
  range.type = "range"
  range.min = 0
  range.step = 1
  range.setAttribute("aria-label", names.time)
  bar.append(label, range)

  let waiting = null
  const tell = () => {
    clearTimeout(waiting)
    waiting = null
    model.value = Number(range.value)
  }
  range.addEventListener("input", () => {
    if (waiting == null) waiting = setTimeout(tell, PAUSE)
  })
  range.addEventListener("change", tell)

  const place = () => {
    range.max = model.end
    if (waiting == null) range.value = model.value
  }
  const write = () => {
    label.textContent = model.text
    range.setAttribute("aria-valuetext", model.text)
  }
  const press = () => {
    play.innerHTML = picture(model.playing ? "pause" : "play")
    play.setAttribute("aria-pressed", String(model.playing))
  }
  model.on("end", place)
  model.on("value", place)
  model.on("text", write)
  model.on("playing", press)
  place()
  write()
  press()
  return bar
}
