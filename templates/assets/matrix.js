// The confusion matrix: as a table one walks through it with the arrow keys, sees shares instead of counts and classes
// by what is confused; as a picture one points at its cells and enlarges it.
(function () {
  "use strict";
  var element = function (name, attributes, children) {
    var made = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { if (key === "text") made.textContent = attributes[key]; else made.setAttribute(key, attributes[key]); });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  };
  var STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  function plain(event) { return !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey); }

  /** Buttons of which one is pressed. */
  function choice(label, names, chosen) {
    var group = element("span", { role: "group", "aria-label": label, "class": "choice" });
    names.forEach(function (name, at) {
      var button = element("button", { type: "button", "aria-pressed": String(!at), text: name });
      button.addEventListener("click", function () {
        Array.prototype.forEach.call(group.children, function (other) { other.setAttribute("aria-pressed", String(other === button)); });
        chosen(at);
      });
      group.append(button);
    });
    return group;
  }

  document.querySelectorAll("table.matrix").forEach(function (table) {
    var rows = Array.prototype.slice.call(table.tBodies[0].rows), head = table.tHead.rows[0];
    var cells = rows.map(function (row) { return Array.prototype.slice.call(row.cells, 1).map(function (cell) { return cell.firstElementChild; }); });
    var heads = Array.prototype.slice.call(head.cells, 1);
    var own = rows.map(function (_, at) { return at; }), order = own;
    var counts = cells.map(function (row) { return row.map(function (cell) { return cell.textContent; }); });
    var tools = element("div", { "class": "tools matrix-tools" }, [choice("What the cells say", ["Counts", "Shares of the row"], function (shares) {
      cells.forEach(function (row, r) { row.forEach(function (cell, c) { cell.textContent = shares ? cell.parentElement.dataset.share || "0" : counts[r][c]; }); });
    })]);
    if (table.dataset.order) {
      var clustered = table.dataset.order.split(" ").map(Number);
      tools.append(choice("Order of the classes", ["Own order", "By what is confused"], function (by) {
        order = by ? clustered : own;
        order.forEach(function (truth) {
          rows[truth].parentElement.append(rows[truth]);
          order.forEach(function (prediction) { rows[truth].append(cells[truth][prediction].parentElement); });
        });
        order.forEach(function (prediction) { head.append(heads[prediction]); });
      }));
    }
    var out = element("p", { role: "status", "class": "pointed" });
    tools.append(out);
    table.closest(".scroll").before(tools);

    // One cell is reached by Tab, the others from it.
    var at = [0, 0];
    function place(cell) {
      for (var r = 0; r < order.length; r += 1) for (var c = 0; c < order.length; c += 1) if (cells[order[r]][order[c]] === cell) return [r, c];
      return null;
    }
    function cell(where) { return cells[order[where[0]]][order[where[1]]]; }
    function say(target) {
      var where = target && place(target);
      heads.concat(rows.map(function (row) { return row.cells[0]; })).forEach(function (one) { one.classList.remove("here"); });
      if (!where) { out.textContent = ""; return; }
      var truth = order[where[0]], prediction = order[where[1]];
      heads[prediction].classList.add("here");
      rows[truth].cells[0].classList.add("here");
      var share = target.parentElement.dataset.share;
      out.textContent = (target.getAttribute("aria-label") || "never: " + rows[truth].cells[0].textContent + " taken for " + heads[prediction].textContent) + (share ? ", " + share + " of the row" : "");
    }
    cells.forEach(function (row, r) { row.forEach(function (one, c) { one.tabIndex = r || c ? -1 : 0; }); });
    table.addEventListener("keydown", function (event) {
      var step = STEPS[event.key], where = place(event.target);
      if (!step || !where || !plain(event)) return;
      event.preventDefault();
      event.stopPropagation();
      cell(where).tabIndex = -1;
      at = [0, 1].map(function (axis) { return Math.max(0, Math.min(order.length - 1, where[axis] + step[axis])); });
      cell(at).tabIndex = 0;
      cell(at).focus();
    });
    table.addEventListener("focusin", function (event) { say(event.target.closest("td > *")); });
    table.addEventListener("focusout", function () { say(null); });
    table.addEventListener("pointerover", function (event) { say(event.target.closest("td > *")); });
    table.addEventListener("pointerleave", function () { say(null); });
  });

  // The picture of a matrix too large for a table.
  var picture = document.querySelector(".matrix-picture");
  if (!picture || !window.layerscope) return;
  var site = window.layerscope;
  var image = picture.querySelector("img"), frame = picture.querySelector(".scroll"), classes = Number(picture.dataset.classes);
  var marker = frame.appendChild(element("span", { "class": "marker", hidden: "" }));
  var status = element("p", { role: "status", "class": "pointed", text: "Point at a cell, or move with the arrow keys." });
  var zoom = 0, here = null, counts, set, ordered = false, plainSource = image.src;
  function named(place) { return ordered ? counts.order[place] : place; }
  function load(done) {
    site.get("samples/data/set", function (value) {
      set = value;
      site.get("errors/matrix", function (found) {
        if (!counts) {
          counts = {};
          var width = 2 * set.class + 3;
          for (var at = 0; at < found[0].length; at += width) counts[site.number(found[0], at, set.class) * classes + site.number(found[0], at + set.class, set.class)] = site.number(found[0], at + 2 * set.class, 3);
          counts.diagonal = found[1];
          counts.order = found[2];
        }
        done();
      });
    });
  }
  function side() { return image.clientWidth / classes; }
  function setZoom(next) {
    zoom = Math.max(0, Math.min(5, next));
    image.style.width = zoom ? 100 * Math.pow(2, zoom) + "%" : "";
    if (here) mark(here);
  }
  function mark(cell) {
    here = cell;
    var size = side();
    marker.hidden = false;
    marker.style.width = marker.style.height = Math.max(3, size) + "px";
    marker.style.left = image.offsetLeft + cell[1] * size + "px";
    marker.style.top = image.offsetTop + cell[0] * size + "px";
    load(function () {
      var t = named(cell[0]), p = named(cell[1]);
      var truth = set.classes[t], prediction = set.classes[p], diagonal = counts.diagonal[t];
      var count = t === p ? diagonal[0] : counts[t * classes + p] || 0;
      status.textContent = t === p ? truth + ": " + count + " of " + diagonal[1] + " recognised" : truth + " taken for " + prediction + ": " + count + (count === 1 ? " image" : " images");
    });
  }
  function open(cell) {
    load(function () {
      var t = named(cell[0]), p = named(cell[1]), count = t === p || counts[t * classes + p];
      if (count) location.href = site.root + (t === p ? "classes/" + set.slugs[t] : "errors/" + set.slugs[t] + "-as-" + set.slugs[p]) + "/index.html";
    });
  }
  function under(event) {
    var box = image.getBoundingClientRect();
    var cell = [event.clientY - box.top, event.clientX - box.left].map(function (place) { return Math.floor(place / box.width * classes); });
    return cell.every(function (place) { return place >= 0 && place < classes; }) ? cell : null;
  }
  var button = function (words, act) {
    var made = element("button", { type: "button", text: words });
    made.addEventListener("click", act);
    return made;
  };
  picture.prepend(element("div", { "class": "tools matrix-tools" }, [choice("Order of the classes", ["Own order", "By what is confused"], function (by) {
    ordered = Boolean(by);
    image.src = by ? picture.dataset.clustered : plainSource;
    if (here) mark(here);
  }), button("Larger", function () { setZoom(zoom + 1); }), button("Smaller", function () { setZoom(zoom - 1); }), element("span", { "class": "keys" }, [element("kbd", { text: "+" }), " ", element("kbd", { text: "−" }), " zoom · ", element("kbd", { text: "enter" }), " opens"]), status]));
  image.addEventListener("pointermove", function (event) { var cell = under(event); if (cell) mark(cell); });
  image.addEventListener("click", function (event) { var cell = under(event); if (cell) open(cell); });
  frame.addEventListener("keydown", function (event) {
    var step = STEPS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) {
      var from = here || [0, -step[1]];
      mark([0, 1].map(function (axis) { return Math.max(0, Math.min(classes - 1, from[axis] + step[axis])); }));
      marker.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter" && here) open(here);
    else if (event.key === "+") setZoom(zoom + 1);
    else if (event.key === "-") setZoom(zoom - 1);
    else return;
    event.preventDefault();
  });
})();
