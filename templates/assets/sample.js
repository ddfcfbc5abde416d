// One sample: the pixel under the pointer, and a way through the activation maps by keyboard.
(function () {
  "use strict";
  var STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  var big = document.querySelector(".sample .big");
  if (big) {
    var box = document.createElement("span"), ring = document.createElement("span"), out = document.createElement("p");
    box.className = "pixels";
    ring.className = "pixel";
    ring.hidden = true;
    out.className = "note pointed";
    out.textContent = big.naturalWidth ? "" : "\u00a0";
    big.before(box);
    box.append(big, ring);
    box.after(out);
    var colours = null;
    /** The values of the pixels; null where the browser does not let a page from disk read its own images. */
    var values = function () {
      if (colours !== null) return colours;
      try {
        var canvas = document.createElement("canvas");
        canvas.width = big.naturalWidth;
        canvas.height = big.naturalHeight;
        var context = canvas.getContext("2d");
        context.drawImage(big, 0, 0);
        colours = context.getImageData(0, 0, canvas.width, canvas.height).data;
      } catch (_) {
        colours = false;
      }
      return colours;
    };
    big.addEventListener("pointermove", function (event) {
      var frame = big.getBoundingClientRect(), scale = frame.width / big.naturalWidth;
      var x = Math.floor((event.clientX - frame.left) / scale), y = Math.floor((event.clientY - frame.top) / scale);
      if (!big.naturalWidth || x < 0 || y < 0 || x >= big.naturalWidth || y >= big.naturalHeight) return;
      ring.hidden = false;
      ring.style.left = x * scale + "px";
      ring.style.top = y * scale + "px";
      ring.style.width = ring.style.height = Math.max(3, scale) + "px";
      var data = values(), at = 4 * (y * big.naturalWidth + x);
      out.textContent = "Column " + x + ", row " + y + " of " + big.naturalWidth + " × " + big.naturalHeight + (data ? ": red " + data[at] + ", green " + data[at + 1] + ", blue " + data[at + 2] : "");
    });
    big.addEventListener("pointerleave", function () { ring.hidden = true; out.textContent = "\u00a0"; });
  }

  // Activation maps: a band is reached by Tab, its channels by the arrow keys; Enter opens one as a click does.
  document.querySelectorAll(".band[data-grid]").forEach(function (band) {
    var crop = band.querySelector(".crop");
    var grid = band.dataset.grid.split(" ").map(Number); // columns, channels, cell width and height with gap, gap, band width, first channel
    var at = 0, mark = crop.appendChild(document.createElement("span"));
    mark.className = "pixel";
    mark.hidden = true;
    crop.tabIndex = 0;
    crop.setAttribute("role", "application");
    crop.setAttribute("aria-label", crop.querySelector("img").alt + ". The arrow keys choose a channel, Enter enlarges it.");
    var middle = function () {
      var frame = crop.getBoundingClientRect(), scale = frame.width / grid[5];
      var x = at % grid[0] * grid[2], y = Math.floor(at / grid[0]) * grid[3];
      mark.hidden = false;
      mark.style.left = x * scale + "px";
      mark.style.top = y * scale + "px";
      mark.style.width = (grid[2] - grid[4]) * scale + "px";
      mark.style.height = (grid[3] - grid[4]) * scale + "px";
      return { bubbles: true, clientX: frame.left + (x + (grid[2] - grid[4]) / 2) * scale, clientY: frame.top + (y + (grid[3] - grid[4]) / 2) * scale };
    };
    crop.addEventListener("focus", function () { if (crop.matches(":focus-visible")) crop.dispatchEvent(new PointerEvent("pointermove", middle())); });
    crop.addEventListener("blur", function () { mark.hidden = true; });
    crop.addEventListener("keydown", function (event) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      var step = STEPS[event.key];
      if (step) {
        var to = at + step[0] + step[1] * grid[0];
        if (to >= 0 && to < grid[1]) at = to;
        crop.dispatchEvent(new PointerEvent("pointermove", middle()));
      } else if (event.key === "Enter") crop.dispatchEvent(new MouseEvent("click", middle()));
      else return;
      event.preventDefault();
    });
  });
  // What is enlarged keeps its scale.
  document.addEventListener("click", function (event) {
    var band = event.target.closest(".band"), lens = document.querySelector("dialog.lens[open]");
    if (!band || !lens) return;
    var old = lens.querySelector(".scale"), scale = band.querySelector("figcaption .scale");
    if (old) old.remove();
    if (scale) lens.querySelector(".crop").after(scale.cloneNode(true));
  });
})();
