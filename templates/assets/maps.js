// Activation maps: the channel under the pointer or chosen by keys, a click that opens its map large, and a choice of
// scales. Pictures share one scale a layer; each channel's own is made of them by a filter, for a page from disk may
// not read its own pictures.
(function () {
  "use strict";
  var STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  var bands = Array.prototype.slice.call(document.querySelectorAll(".band")), own = false, lens;

  function make(name, properties, children) {
    var made = Object.assign(document.createElement(name), properties);
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function number(of, name) { return parseFloat(getComputedStyle(of).getPropertyValue(name)) || 0; }
  function place(picture, crop, at) {
    crop.style.setProperty("--ratio", at.ratio);
    ["w", "x", "y"].forEach(function (name) { picture.style.setProperty("--" + name, at[name]); });
  }

  // Where things lie: a band is a rectangle of its sheet, a channel a rectangle of its band.
  function grid(band) {
    var all = getComputedStyle(band.querySelector(".crop")).getPropertyValue("--grid").trim().split(" ").map(Number);
    return { columns: all[0], channels: all[1], across: all[2], down: all[3], gap: all[4], width: all[5] };
  }
  function corner(of, channel) { return { x: channel % of.columns * of.across, y: Math.floor(channel / of.columns) * of.down }; }
  function rectangle(band, of, channel) {
    var crop = band.querySelector(".crop"), picture = crop.querySelector("img"), at = corner(of, channel);
    var width = of.across - of.gap, height = of.down - of.gap, ratio = number(crop, "--ratio") || 1;
    return {
      ratio: width / height, w: number(picture, "--w") * of.width / width,
      x: (number(picture, "--x") * of.width + at.x) / width, y: (number(picture, "--y") * of.width / ratio + at.y) / height,
    };
  }
  function under(band, event) {
    var of = grid(band), box = band.querySelector(".crop").getBoundingClientRect(), scale = of.width / box.width;
    var column = Math.floor((event.clientX - box.left) * scale / of.across), row = Math.floor((event.clientY - box.top) * scale / of.down);
    var channel = row * of.columns + column;
    return column < 0 || row < 0 || column >= of.columns || channel >= of.channels ? -1 : channel;
  }

  // A channel's own scale. Each colour of a palette has a level that one sum of red, green and blue tells: brightness
  // where it rises throughout, red less blue where it goes from blue over grey to orange.
  var PALETTES = {
    sequential: { sum: [0.2126, 0.7152, 0.0722, 0], zero: 0 },
    diverging: { sum: [0.5, 0, -0.5, 0.5], zero: 16 },
  };
  function colours(name) {
    var text = getComputedStyle(document.documentElement).getPropertyValue("--" + name).replace(/[" ]/g, "");
    return (text.match(/.{6}/g) || []).map(function (hex) {
      return [0, 2, 4].map(function (at) { return parseInt(hex.substr(at, 2), 16); });
    });
  }
  function sumOf(palette, colour) {
    var sum = 255 * palette.sum[3];
    colour.forEach(function (value, at) { sum += palette.sum[at] * value; });
    return sum;
  }
  var drawing;
  /** The address of a filter that spreads the levels up to a peak over the whole palette. */
  function stretched(name, peak) {
    var id = "own-" + name + "-" + peak, ns = "http://www.w3.org/2000/svg";
    if (document.getElementById(id)) return "url(#" + id + ")";
    if (!drawing) {
      drawing = document.body.appendChild(document.createElementNS(ns, "svg"));
      drawing.setAttribute("aria-hidden", "true");
      drawing.setAttribute("class", "visually-hidden");
    }
    var palette = PALETTES[name], table = colours(name), last = table.length - 1, tables = ["", "", ""];
    var sums = table.map(function (colour) { return sumOf(palette, colour); });
    for (var value = 0; value < 256; value += 1) {
      var level = 0;
      sums.forEach(function (sum, at) { if (Math.abs(sum - value) < Math.abs(sums[level] - value)) level = at; });
      var to = Math.round(palette.zero + (level - palette.zero) * (last - palette.zero) / peak);
      table[Math.max(0, Math.min(last, to))].forEach(function (part, at) { tables[at] += (part / 255).toFixed(3) + " "; });
    }
    var row = palette.sum.slice(0, 3).concat(0, palette.sum[3]).join(" ");
    var filter = drawing.appendChild(document.createElementNS(ns, "filter"));
    filter.id = id;
    [["x", 0], ["y", 0], ["width", 1], ["height", 1], ["color-interpolation-filters", "sRGB"]].forEach(function (pair) { filter.setAttribute(pair[0], pair[1]); });
    var matrix = filter.appendChild(document.createElementNS(ns, "feColorMatrix"));
    matrix.setAttribute("values", [row, row, row, "0 0 0 1 0"].join(" "));
    var transfer = filter.appendChild(document.createElementNS(ns, "feComponentTransfer"));
    "RGB".split("").forEach(function (part, at) {
      var one = transfer.appendChild(document.createElementNS(ns, "feFunc" + part));
      one.setAttribute("type", "table");
      one.setAttribute("tableValues", tables[at].trim());
    });
    return "url(#" + id + ")";
  }
  /** How a channel's own scale differs from its layer's: a filter and the highest value; null where it does not. */
  function ownScale(band, channel) {
    var ramp = band.querySelector(".scale i"), name = ramp && ramp.className, palette = PALETTES[name];
    var peak = parseInt((band.dataset.peaks || "")[channel], 36);
    if (!palette || !(peak > 0)) return null;
    var levels = colours(name).length - 1 - palette.zero, top = parseFloat(ramp.nextSibling.data.replace(/[ +,]/g, "")) * peak / levels;
    return { filter: peak < levels ? stretched(name, peak) : "", top: top, low: palette.zero ? "\u2212" : "", ramp: name };
  }
  function legend(scale) {
    var top = scale.top.toPrecision(2).replace(/^(0\.\d+?)0+$/, "$1");
    return make("span", { className: "scale" }, [scale.low ? scale.low + top + " " : "0 ", make("i", { className: scale.ramp }), " " + (scale.low ? "+" : "") + "about " + top]);
  }
  function repaint(band) {
    var crop = band.querySelector(".crop"), layer = crop.querySelector(".own"), of = grid(band);
    band.classList.toggle("by-channel", own);
    if (layer || !own) return;
    layer = crop.appendChild(make("span", { className: "own" }));
    for (var channel = 0; channel < of.channels; channel += 1) {
      var scale = ownScale(band, channel);
      if (!scale || !scale.filter) continue;
      var picture = make("img", { src: crop.querySelector("img").src, alt: "" }), cell = make("span", {}, [picture]), at = corner(of, channel);
      var height = Math.ceil(of.channels / of.columns) * of.down - of.gap;
      cell.style.cssText = "left:" + 100 * at.x / of.width + "%;top:" + 100 * at.y / height + "%;width:" + 100 * (of.across - of.gap) / of.width + "%;height:" + 100 * (of.down - of.gap) / height + "%;filter:" + scale.filter;
      place(picture, cell, rectangle(band, of, channel));
      layer.append(cell);
    }
  }
  function choose(wanted) {
    own = wanted;
    bands.forEach(repaint);
    document.querySelectorAll(".scales button").forEach(function (button) { button.setAttribute("aria-pressed", String((button.value === "channel") === own)); });
    document.querySelectorAll(".shared-scale").forEach(function (words) { words.hidden = own; });
  }
  function choice() {
    var box = make("span", { className: "choice scales" });
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Colours");
    [["layer", "one scale a layer"], ["channel", "one a channel"]].forEach(function (pair) {
      var button = make("button", { type: "button", value: pair[0], textContent: pair[1] });
      button.setAttribute("aria-pressed", String((pair[0] === "channel") === own));
      button.addEventListener("click", function () { choose(pair[0] === "channel"); });
      box.append(button);
    });
    return box;
  }

  /** Opens a rectangle of a sheet in a window of its own; what it is, where it lies, and the scales it may be shown on. */
  function show(picture, at, words, scales) {
    if (!lens) {
      lens = document.body.appendChild(make("dialog", { className: "lens" }));
      lens.addEventListener("click", function (event) { if (event.target === lens) lens.close(); });
    }
    var image = make("img", { src: picture.src, alt: words }), crop = make("span", { className: "crop" }, [image]);
    var close = make("button", { type: "button", textContent: "Close" }), below = make("div", { className: "legends" });
    close.addEventListener("click", function () { lens.close(); });
    place(image, crop, at);
    function paint() {
      var shown = own && scales.own ? scales.own : null;
      crop.style.filter = shown ? shown.filter : "";
      below.replaceChildren.apply(below, [shown ? legend(shown) : scales.layer && scales.layer.cloneNode(true)].filter(Boolean));
    }
    paint();
    lens.setAttribute("aria-label", words);
    lens.replaceChildren(make("p", { textContent: words }), crop, below);
    if (scales.own) {
      var both = choice();
      both.addEventListener("click", paint);
      lens.append(both, " ");
    }
    lens.append(close);
    lens.showModal();
  }
  function enlarge(band, channel) {
    var picture = band.querySelector(".crop img"), said = picture.alt.match(/ of (.*?)(?: for (sample \d+))?$/);
    var words = (said ? said[1] : picture.alt) + ", channel " + channel + (said && said[2] ? ", " + said[2] : "");
    show(picture, rectangle(band, grid(band), channel), words, { layer: band.querySelector("figcaption .scale"), own: ownScale(band, channel) });
  }

  bands.forEach(function (band) {
    var crop = band.querySelector(".crop"), of = grid(band), at = 0;
    if (!(of.channels > 0)) return;
    var caption = band.querySelector("figcaption"), out = make("span", { className: "pointed" }), mark = make("span", { className: "pixel", hidden: true });
    band.classList.add("live");
    crop.append(mark);
    if (band.dataset.peaks) caption.append(choice());
    caption.append(out);
    crop.tabIndex = 0;
    crop.setAttribute("role", "application");
    crop.setAttribute("aria-label", crop.querySelector("img").alt + ". The arrow keys choose a channel, Enter enlarges it.");
    function point(channel) { out.textContent = channel < 0 ? "" : "channel " + channel; }
    function choosing() {
      var scale = crop.getBoundingClientRect().width / of.width, from = corner(of, at);
      mark.hidden = false;
      mark.style.cssText = "left:" + from.x * scale + "px;top:" + from.y * scale + "px;width:" + (of.across - of.gap) * scale + "px;height:" + (of.down - of.gap) * scale + "px";
      point(at);
    }
    crop.addEventListener("pointermove", function (event) { point(under(band, event)); });
    crop.addEventListener("pointerleave", function () { point(-1); });
    crop.addEventListener("click", function (event) {
      var channel = under(band, event);
      if (channel >= 0) enlarge(band, channel);
    });
    crop.addEventListener("focus", function () { if (crop.matches(":focus-visible")) choosing(); });
    crop.addEventListener("blur", function () { mark.hidden = true; });
    crop.addEventListener("keydown", function (event) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      var step = STEPS[event.key], to = step ? at + step[0] + step[1] * of.columns : at;
      if (!step && event.key !== "Enter") return;
      event.preventDefault();
      if (to >= 0 && to < of.channels) at = to;
      choosing();
      if (!step) enlarge(band, at);
    });
  });

  // Single maps: a click or the enter key enlarges them as they are, with the scale that stands beside them.
  document.querySelectorAll(".zoom .crop").forEach(function (crop) {
    crop.tabIndex = 0;
    crop.setAttribute("role", "button");
    function open() {
      var picture = crop.querySelector("img"), style = getComputedStyle(picture);
      function get(name) { return style.getPropertyValue("--" + name) || "0"; }
      var scale = crop.closest("li").querySelector(".scale") || document.querySelector(".note.legend .scale");
      show(picture, { ratio: get("ratio") === "0" ? 1 : get("ratio"), w: get("w"), x: get("x"), y: get("y") }, picture.alt, { layer: scale });
    }
    crop.addEventListener("click", open);
    crop.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); }
    });
  });
})();
