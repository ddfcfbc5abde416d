// Enhancements only: every page is complete without this file. A classic script, for modules do not
// load from file://.
(function () {
  "use strict";
  // Search: its script and its index come when somebody wants them.
  var search = document.querySelector(".search input");
  function fetchSearch() {
    search.removeEventListener("focus", fetchSearch);
    var files = window.layerscope ? ["search.js"] : ["data.js", "search.js"];
    files.forEach(function (file) {
      var script = document.createElement("script");
      script.src = document.body.dataset.root + "assets/" + file;
      script.async = false;
      document.head.appendChild(script);
    });
  }
  if (search) {
    search.addEventListener("focus", fetchSearch);
    document.addEventListener("keydown", function (event) {
      if (event.key !== "/" || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target.closest("input, select, textarea, dialog")) return;
      event.preventDefault();
      search.focus();
    });
  }

  // Keys: j and k (or the arrows) move through a grid of samples, or to the next and previous page.
  function visible(item) { return item.offsetParent !== null; }
  function move(step) {
    // Asked anew, because a script may have put them in another order.
    var shown = Array.prototype.filter.call(document.querySelectorAll(".cards a, .tiles a"), visible);
    if (shown.length) {
      var at = shown.indexOf(document.activeElement);
      var next = shown[at < 0 ? (step > 0 ? 0 : -1) : at + step];
      if (next) {
        next.focus();
        next.scrollIntoView({ block: "nearest" });
        return true;
      }
    }
    var link = document.querySelector(step > 0 ? "a[rel~=next]" : "a[rel~=prev]");
    if (link) link.click();
    return Boolean(link);
  }
  var steps = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 };
  document.addEventListener("keydown", function (event) {
    var step = Object.prototype.hasOwnProperty.call(steps, event.key) ? steps[event.key] : 0;
    if (!step || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // Arrows belong to whatever scrolls sideways or takes input, while that has the focus.
    if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog, [tabindex='0']")) return;
    if (move(step)) event.preventDefault();
  });

  // Activation maps: the channel under the pointer, and a click that enlarges its map.
  var lens;
  function cell(band, event) {
    var grid = band.dataset.grid.split(" ").map(Number); // columns, channels, cell width and height with gap, gap, band width, first channel
    var box = band.querySelector(".crop").getBoundingClientRect();
    var scale = grid[5] / box.width;
    var x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    var column = Math.floor(x / grid[2]), row = Math.floor(y / grid[3]);
    var channel = row * grid[0] + column;
    if (column < 0 || row < 0 || column >= grid[0] || channel >= grid[1]) return null;
    return { channel: channel, x: column * grid[2], y: row * grid[3], width: grid[2] - grid[4], height: grid[3] - grid[4], band: grid[5] };
  }
  /** Shows a rectangle of a sheet, given as on the page, in a window of its own. */
  function show(picture, proportion, width, x, y, words) {
    if (!lens) {
      lens = document.body.appendChild(document.createElement("dialog"));
      lens.className = "lens";
      lens.innerHTML = "<p></p><span class=crop><img></span><form method=dialog><button>Close</button></form>";
      lens.addEventListener("click", function (event) { if (event.target === lens) lens.close(); });
    }
    var crop = lens.querySelector(".crop"), image = crop.firstChild;
    crop.style.setProperty("--ratio", proportion);
    image.src = picture.src;
    image.style.setProperty("--w", width);
    image.style.setProperty("--x", x);
    image.style.setProperty("--y", y);
    image.alt = words;
    lens.querySelector("p").textContent = words;
    lens.showModal();
  }
  function enlarge(band, at) {
    var picture = band.querySelector(".crop img");
    var style = picture.style;
    var get = function (name) { return parseFloat(style.getPropertyValue(name)) || 0; };
    var ratio = parseFloat(band.querySelector(".crop").style.getPropertyValue("--ratio")) || 1;
    // The band is a rectangle of its sheet, the cell a rectangle of the band.
    var left = get("--x") * at.band + at.x, top = get("--y") * (at.band / ratio) + at.y;
    show(picture, at.width / at.height, get("--w") * at.band / at.width, left / at.width, top / at.height,
      picture.alt.replace(/^.* of /, "") + ", channel " + at.channel);
  }
  // Single maps: a click or the enter key enlarges them as they are.
  document.querySelectorAll(".zoom .crop").forEach(function (crop) {
    crop.tabIndex = 0;
    crop.setAttribute("role", "button");
    function open() {
      var picture = crop.querySelector("img"), get = function (of, name) { return of.style.getPropertyValue(name) || "0"; };
      show(picture, parseFloat(crop.style.getPropertyValue("--ratio")) || 1, get(picture, "--w"), get(picture, "--x"), get(picture, "--y"), picture.alt);
    }
    crop.addEventListener("click", open);
    crop.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); }
    });
  });
  document.querySelectorAll(".band[data-grid]").forEach(function (band) {
    var crop = band.querySelector(".crop");
    var out = band.querySelector("figcaption").appendChild(document.createElement("span"));
    out.className = "pointed";
    crop.addEventListener("pointermove", function (event) {
      var at = cell(band, event);
      out.textContent = at ? "channel " + at.channel : "";
    });
    crop.addEventListener("pointerleave", function () { out.textContent = ""; });
    crop.addEventListener("click", function (event) {
      var at = cell(band, event);
      if (at) enlarge(band, at);
    });
  });
})();
