// The map of all samples: moved, enlarged, asked. Without this script the page shows the same as pictures.
(() => {
  "use strict";
  const data = window.layerscopeMap, tool = document.querySelector(".map-tool");
  if (!data || !tool) return;
  const canvas = tool.querySelector("canvas"), context = canvas.getContext("2d");
  const box = tool.querySelector(".map-sample"), legend = tool.querySelector(".legend");
  const layoutChoice = tool.querySelector(".map-layout"), colourChoice = tool.querySelector(".map-colour");
  const count = data.truth.length, shown = new Set(data.shown), STEPS = 9999, MARGIN = 0.03;
  // Three digits to the base of 36 a coordinate.
  const unpack = (text) => Uint16Array.from({ length: count }, (_, i) => parseInt(text.slice(3 * i, 3 * i + 3), 36));
  for (const one of data.layouts) { one.x = unpack(one.x); one.y = unpack(one.y); }
  let layout = data.layouts[0], colours = new Uint32Array(count), hidden = new Set();
  let zoom = 1, centre = [0.5, 0.5], current = -1, waiting = false, side = 1;

  const pack = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  const css = (c) => `rgb(${c.join(" ")})`;
  function ramp(percent) {
    const at = Math.min(percent / 100, 1) * (data.ramp.length - 1), low = Math.min(Math.floor(at), data.ramp.length - 2);
    return data.ramp[low].map((part, i) => Math.round(part + (data.ramp[low + 1][i] - part) * (at - low)));
  }
  const isRight = (i) => data.truth[i] === data.prediction[i];
  const KINDS = {
    truth: { of: (i) => data.truth[i], names: data.classes, colour: (k) => data.colours[k] },
    prediction: { of: (i) => data.prediction[i], names: data.classes, colour: (k) => data.colours[k] },
    right: { of: (i) => (isRight(i) ? 0 : 1), names: ["right", "wrong"], colour: (k) => (k ? data.wrong : data.right) },
    confidence: { of: (i) => Math.min(Math.floor(data.confidence[i] / 20), 4), names: ["below 20 %", "20 to 40 %", "40 to 60 %", "60 to 80 %", "from 80 %"], colour: (k) => ramp(k * 25) },
  };
  let kind = KINDS.truth;

  // Position of a sample on the canvas, in its pixels.
  const scale = () => side * (1 - 2 * MARGIN) * zoom;
  const left = (i) => (layout.x[i] / STEPS - centre[0]) * scale() + side / 2;
  const top = (i) => (centre[1] - layout.y[i] / STEPS) * scale() + side / 2;

  function recolour() {
    for (let i = 0; i < count; i++) colours[i] = pack(data.confidence && kind === KINDS.confidence ? ramp(data.confidence[i]) : kind.colour(kind.of(i)));
    legend.replaceChildren(...kind.names.map((name, k) => {
      const item = document.createElement("li"), button = document.createElement("button"), dot = document.createElement("i");
      button.type = "button"; button.setAttribute("aria-pressed", String(!hidden.has(k))); dot.style.background = css(kind.colour(k));
      button.append(dot, name);
      button.addEventListener("click", () => { hidden.has(k) ? hidden.delete(k) : hidden.add(k); button.setAttribute("aria-pressed", String(!hidden.has(k))); redraw(); });
      item.append(button);
      return item;
    }));
  }

  function draw() {
    waiting = false;
    const image = context.createImageData(side, side), pixels = new Uint32Array(image.data.buffer);
    const r = Math.max(1, Math.round((devicePixelRatio || 1) * Math.min(5, (count > 30000 ? 0.8 : count > 3000 ? 1.4 : count > 100 ? 2.2 : 4) * Math.sqrt(zoom))));
    for (let i = 0; i < count; i++) {
      if (hidden.has(kind.of(i))) continue;
      const x = Math.round(left(i)), y = Math.round(top(i));
      if (x < r || y < r || x >= side - r || y >= side - r) continue;
      for (let v = y - r; v <= y + r; v++) for (let u = x - r; u <= x + r; u++) if ((u - x) * (u - x) + (v - y) * (v - y) <= r * r) pixels[v * side + u] = colours[i];
    }
    context.putImageData(image, 0, 0);
    if (current >= 0) {
      context.strokeStyle = getComputedStyle(canvas).color; context.lineWidth = 2;
      context.beginPath(); context.arc(left(current), top(current), r + 4, 0, 2 * Math.PI); context.stroke();
    }
  }
  function redraw() { if (!waiting) { waiting = true; requestAnimationFrame(draw); } }

  function nearest(x, y, within) {
    let best = -1, least = within * within;
    for (let i = 0; i < count; i++) {
      if (hidden.has(kind.of(i))) continue;
      const dx = left(i) - x, dy = top(i) - y, d = dx * dx + dy * dy;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  const padded = (i) => String(i).padStart(data.digits, "0");
  const address = (i) => (shown.has(i) ? `${data.pages}${padded(i)}/index.html` : `${data.gallery[Math.floor(i / data.per_page)]}#s${padded(i)}`);
  function tile(i) {
    let low = 0, high = data.sheets.length - 1;
    while (low < high) { const middle = (low + high + 1) >> 1; data.sheets[middle][0] <= i ? (low = middle) : (high = middle - 1); }
    const [first, src] = data.sheets[low], slot = i - first, frame = document.createElement("span"), img = document.createElement("img");
    frame.className = "crop"; frame.style.setProperty("--ratio", data.ratio);
    img.src = src; img.alt = "";
    img.style.setProperty("--w", data.columns); img.style.setProperty("--x", slot % data.columns); img.style.setProperty("--y", Math.floor(slot / data.columns));
    frame.append(img);
    return frame;
  }
  function show(i) {
    if (i === current) return;
    current = i; redraw();
    if (i < 0) return;
    const link = document.createElement("a"), words = document.createElement("p");
    link.href = address(i);
    link.textContent = `Sample ${i}`;
    words.append(link, `: ${data.classes[data.truth[i]]}${isRight(i) ? ", recognised" : ` taken for ${data.classes[data.prediction[i]]}`}, ${data.confidence[i]} % sure`);
    box.replaceChildren(tile(i), words);
  }

  function zoomBy(factor, x = side / 2, y = side / 2) {
    if (!factor) { zoom = 1; centre = [0.5, 0.5]; return redraw(); }
    const before = scale(); zoom = Math.min(Math.max(zoom * factor, 1), 400); const after = scale();
    centre[0] += (x - side / 2) * (1 / before - 1 / after); centre[1] -= (y - side / 2) * (1 / before - 1 / after);
    redraw();
  }
  function move(dx, dy) { centre[0] -= dx / scale(); centre[1] += dy / scale(); redraw(); }
  const at = (event) => { const r = canvas.getBoundingClientRect(), f = side / r.width; return [(event.clientX - r.left) * f, (event.clientY - r.top) * f]; };

  let dragged = null, far = 0;
  canvas.addEventListener("pointerdown", (event) => { dragged = at(event); far = 0; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    if (dragged) { far += Math.abs(x - dragged[0]) + Math.abs(y - dragged[1]); move(x - dragged[0], y - dragged[1]); dragged = [x, y]; return; }
    const found = nearest(x, y, 14 * (devicePixelRatio || 1));
    if (found >= 0) show(found);
    canvas.style.cursor = found >= 0 ? "pointer" : "grab";
  });
  canvas.addEventListener("pointerup", (event) => {
    const [x, y] = at(event); dragged = null;
    if (far > 6) return;
    const found = nearest(x, y, 14 * (devicePixelRatio || 1));
    if (found < 0) return;
    if (event.pointerType === "mouse") location.href = address(found); else show(found);
  });
  canvas.addEventListener("pointercancel", () => { dragged = null; });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoomBy(Math.exp(-event.deltaY / 400), ...at(event)); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = side / 12, moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[event.key]) move(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") zoomBy(1.5);
    else if (event.key === "-") zoomBy(1 / 1.5);
    else if (event.key === "0") zoomBy(0);
    else if (event.key === "Enter") { if (current >= 0) location.href = address(current); return; }
    else return;
    event.preventDefault(); show(nearest(side / 2, side / 2, side));
  });
  for (const button of tool.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => zoomBy(Number(button.dataset.zoom)));
  layoutChoice.addEventListener("change", () => { layout = data.layouts[layoutChoice.selectedIndex]; redraw(); });
  colourChoice.addEventListener("change", () => { kind = KINDS[colourChoice.value]; hidden = new Set(); recolour(); redraw(); });

  tool.hidden = false;
  const fit = () => { const width = canvas.clientWidth; side = Math.max(1, Math.round(width * (devicePixelRatio || 1))); canvas.width = canvas.height = side; redraw(); };
  new ResizeObserver(fit).observe(canvas);
  if (data.layouts.length < 2) layoutChoice.closest("label").hidden = true;
  recolour(); fit();
})();
