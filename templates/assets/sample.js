// One sample: the pixel under the pointer.
(function () {
  "use strict";
  var crop = document.querySelector(".sample .big .crop");
  if (!crop) return;
  var picture = crop.querySelector("img"), ring = document.createElement("span"), out = document.createElement("p"), colours = null;
  ring.className = "pixel";
  ring.hidden = true;
  out.className = "note pointed";
  out.textContent = "\u00a0";
  crop.append(ring);
  crop.after(out);
  /** The image as a rectangle of its sheet, in pixels of the sheet. */
  function rectangle() {
    var style = getComputedStyle(picture);
    function get(name, otherwise) { return parseFloat(style.getPropertyValue(name)) || otherwise; }
    var width = Math.round(picture.naturalWidth / get("--w", 1)), height = Math.round(width / get("--ratio", 1));
    return { x: Math.round(get("--x", 0) * width), y: Math.round(get("--y", 0) * height), width: width, height: height };
  }
  /** The values of the pixels; null where the browser does not let a page from disk read its own images. */
  function values(part) {
    if (colours !== null) return colours;
    try {
      var canvas = document.createElement("canvas");
      canvas.width = part.width;
      canvas.height = part.height;
      var context = canvas.getContext("2d");
      context.drawImage(picture, -part.x, -part.y);
      colours = context.getImageData(0, 0, part.width, part.height).data;
    } catch (_) {
      colours = false;
    }
    return colours;
  }
  crop.addEventListener("pointermove", function (event) {
    if (!picture.naturalWidth) return;
    var part = rectangle(), frame = crop.getBoundingClientRect(), scale = frame.width / part.width;
    var x = Math.floor((event.clientX - frame.left) / scale), y = Math.floor((event.clientY - frame.top) / scale);
    if (x < 0 || y < 0 || x >= part.width || y >= part.height) return;
    ring.hidden = false;
    ring.style.left = x * scale + "px";
    ring.style.top = y * scale + "px";
    ring.style.width = ring.style.height = Math.max(3, scale) + "px";
    var data = values(part), at = 4 * (y * part.width + x);
    out.textContent = "Column " + x + ", row " + y + " of " + part.width + " × " + part.height + (data ? ": red " + data[at] + ", green " + data[at + 1] + ", blue " + data[at + 2] : "");
  });
  crop.addEventListener("pointerleave", function () { ring.hidden = true; out.textContent = "\u00a0"; });
})();
