// The gallery: all samples as one wall of which only what is in view exists. Its state is the address after #, so that
// every view can be sent and every step taken back. The pages of samples it replaces say the same without scripts.
(function () {
  "use strict";
  var site = window.layerscope, element = site.element, review = site.review;
  var place = document.querySelector("[data-gallery]");
  if (!place) {
    // A later page of the paged gallery: an image that was asked for opens in the gallery.
    var asked = /^#s(\d+)$/.exec(location.hash);
    if (asked) location.replace(site.root + "samples/index.html#s=" + Number(asked[1]));
    return;
  }
  var paged = place.querySelector(".paged");
  var SIZE = 96, GAP = 8, ABOVE = 1; // CSS pixels of a tile and between two; rows kept beyond the screen
  var FAST = 3; // pixels a millisecond: faster than anybody looks
  var set, columns, wall, status, form;
  var rows = {}; // of the files that are there
  var truth, prediction, confidence, margin, loss, flags, slots;
  var view = null; // samples in order; null for all by index
  var onlyMistakes = false;
  var state = {};
  var cursor = -1;

  // The address.
  var SORTS = { index: "index", confidence: "confidence", margin: "margin", loss: "loss" };
  function parse() {
    var text = location.hash.slice(1), found = {};
    var old = /^s(\d+)$/.exec(text);
    if (old) return { s: String(Number(old[1])) };
    text.split("&").forEach(function (part) {
      var at = part.indexOf("=");
      if (at < 1) return;
      try { found[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1).replace(/\+/g, " ")); } catch (_) { /* not ours */ }
    });
    return found;
  }
  function address(next) {
    var order = ["truth", "taken", "answer", "from", "to", "suspect", "verdict", "sort", "order", "at", "s"];
    return "#" + order.filter(function (key) { return next[key] !== undefined && next[key] !== ""; })
      .map(function (key) { return key + "=" + encodeURIComponent(next[key]).replace(/%20/g, "+"); }).join("&");
  }
  function go(changes, replace) {
    var next = Object.assign({}, state, changes);
    var to = address(next);
    if (to === (location.hash || "#")) return;
    // A sample that is opened from here is marked as a step that going back undoes.
    var mark = replace ? history.state : next.s !== undefined && state.s === undefined ? "opened" : null;
    history[replace ? "replaceState" : "pushState"](mark, "", to);
    follow();
  }
  function classOf(slug) {
    var at = set.slugs.indexOf(slug);
    return at >= 0 ? at : set.classes.indexOf(slug);
  }
  function isFiltered(of) { return Boolean(of.truth || of.taken || of.answer || of.from || of.to || of.suspect || of.verdict); }
  function needsAll(of) { return isFiltered(of) || Boolean(of.sort && of.sort !== "index") || of.order === "lowest"; }

  // The data.
  function part(name, number) { return "samples/data/" + name + "-" + number; }
  function width() { return 2 * set.class + 10; }
  function unpack(number, value) {
    if (rows[number]) return;
    rows[number] = true;
    var text = value[0], w = set.class, from = number * set.rows, slot = 0;
    var to = Math.min(from + set.rows, set.samples);
    for (var i = from, at = 0; i < to; i += 1, at += width()) {
      truth[i] = site.number(text, at, w);
      prediction[i] = site.number(text, at + w, w);
      confidence[i] = site.number(text, at + 2 * w, 3);
      margin[i] = site.number(text, at + 2 * w + 3, 3);
      loss[i] = site.number(text, at + 2 * w + 6, 3);
      flags[i] = site.number(text, at + 2 * w + 9, 1);
      if (truth[i] !== prediction[i]) {
        slots[i] = site.number(value[1], slot, set.slot);
        slot += set.slot;
      }
    }
  }
  function need(from, to, done) {
    for (var number = Math.floor(from / set.rows); number <= Math.floor(to / set.rows); number += 1) {
      if (rows[number] || number * set.rows >= set.samples) continue;
      (function (number) {
        site.get(part("rows", number), function (value) { unpack(number, value); done(); }, lost);
      })(number);
    }
  }
  function needEvery(done) {
    var names = [], all = Math.ceil(set.samples / set.rows);
    for (var number = 0; number < all; number += 1) if (!rows[number]) names.push(number);
    site.getAll(names.map(function (number) { return part("rows", number); }), function () {
      names.forEach(function (number) { site.get(part("rows", number), function (value) { unpack(number, value); }); });
      done();
    }, lost, function (there, of) { if (of > 4) status.textContent = "Reading " + there + " of " + of + " parts …"; });
  }
  function lost(name) {
    status.textContent = "The file " + name + ".js is missing. Is the report whole?";
    if (!wall.childElementCount) wall.after(paged);
  }
  function isKnown(index) { return Boolean(rows[Math.floor(index / set.rows)]); }
  function own(index) {
    var number = flags[index] >> 2;
    return number ? { verdict: set.verdicts[number - 1], note: set.notes[index] || "" } : null;
  }
  function verdictOf(index) { return review.effective(index, isKnown(index) ? own(index) : null).verdict; }

  // The view: which samples, in which order.
  function select() {
    onlyMistakes = false;
    if (!needsAll(state)) { view = null; return; }
    var t = state.truth ? classOf(state.truth) : -1, p = state.taken ? classOf(state.taken) : -1;
    var from = (parseFloat(state.from) || 0) / 100 * site.WHOLE, to = (state.to ? parseFloat(state.to) : 100) / 100 * site.WHOLE;
    var found = [], mistakes = 0;
    for (var i = 0; i < set.samples; i += 1) {
      if (state.truth && truth[i] !== t || state.taken && prediction[i] !== p) continue;
      var right = truth[i] === prediction[i];
      if (state.answer === "wrong" && right || state.answer === "right" && !right) continue;
      if (confidence[i] < from - 0.5 || confidence[i] > to + 0.5) continue;
      if (state.suspect && !(flags[i] & 1)) continue;
      if (state.verdict) {
        var verdict = verdictOf(i);
        if (state.verdict === "none" ? verdict : state.verdict === "any" ? !verdict : verdict !== state.verdict) continue;
      }
      if (!right) mistakes += 1;
      found.push(i);
    }
    var by = { confidence: [confidence, margin], margin: [margin, confidence], loss: [loss, margin] }[state.sort];
    var sign = state.order === "lowest" ? 1 : -1;
    if (by) found.sort(function (a, b) { return sign * (by[0][a] - by[0][b]) || sign * (by[1][a] - by[1][b]) || a - b; });
    else if (state.order === "lowest") found.reverse();
    view = Int32Array.from(found);
    onlyMistakes = mistakes === found.length;
  }
  function length() { return view ? view.length : set.samples; }
  function sampleAt(position) { return view ? view[position] : position; }
  function positionOf(index) { return view ? view.indexOf(index) : index < set.samples ? index : -1; }

  // The wall: as many elements as the screen holds, moved and filled anew as it scrolls.
  var nodes = [], loaded = {}, speed = 0, last = { y: 0, t: 0 }, settle = 0, frame = 0;
  function step() { return SIZE + GAP; }
  function measure() {
    columns = Math.max(1, Math.floor((wall.clientWidth + GAP) / step()));
    wall.style.height = Math.ceil(length() / columns) * step() + "px";
  }
  function make() {
    var picture = element("span", { "class": "picture" }), says = element("span", { "class": "says" }), mark = element("span", { "class": "mark" });
    var link = element("a", { "class": "tile" }, [picture, says, mark]);
    var item = wall.appendChild(element("li", {}, [link]));
    var node = { item: item, link: link, picture: picture, says: says, mark: mark, position: -1, index: -1, sheet: "" };
    link.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || flags[node.index] & 2) return;
      event.preventDefault();
      go({ s: String(node.index) });
    });
    link.addEventListener("focus", function () { cursor = node.position; });
    nodes.push(node);
    return node;
  }
  function cropOf(index, mistakes) {
    var grid = set.grid, tile = set.tile;
    var slot = mistakes ? slots[index] : index, tiles = grid[0] * grid[1], at = slot % tiles;
    var scale = SIZE / Math.max(tile[0], tile[1]);
    var all = mistakes ? set.mistakes : set.samples;
    // The last sheet is only as high as it must be.
    var high = Math.ceil(Math.min(tiles, all - Math.floor(slot / tiles) * tiles) / grid[0]);
    return { src: site.root + "samples/tiles/" + (mistakes ? "mistakes-" : "all-") + Math.floor(slot / tiles) + "." + set.ending,
      x: at % grid[0], y: Math.floor(at / grid[0]), scale: scale, width: tile[0], height: tile[1], columns: grid[0], rows: high };
  }
  function paint(picture, crop, size) {
    var scale = size / Math.max(crop.width, crop.height), w = crop.width * scale, h = crop.height * scale;
    picture.style.width = w + "px";
    picture.style.height = h + "px";
    picture.style.background = "url(" + JSON.stringify(crop.src) + ") " + -crop.x * w + "px " + -crop.y * h + "px / " + crop.columns * w + "px " + crop.rows * h + "px no-repeat";
  }
  function words(index) {
    if (!isKnown(index)) return "sample " + index;
    var t = set.classes[truth[index]], p = set.classes[prediction[index]];
    var verdict = verdictOf(index);
    return (t === p ? t : t + " taken for " + p) + ", " + site.percentShort(confidence[index] / site.WHOLE) + " sure, sample " + index + (verdict ? ", verdict: " + verdict : "");
  }
  function page(index) { return site.root + "samples/" + String(index).padStart(set.digits, "0") + "/index.html"; }
  function fill(node, position) {
    var index = sampleAt(position), known = isKnown(index);
    node.position = position;
    node.index = index;
    node.item.style.transform = "translate(" + position % columns * step() + "px," + Math.floor(position / columns) * step() + "px)";
    node.item.setAttribute("aria-setsize", length());
    node.item.setAttribute("aria-posinset", position + 1);
    node.link.href = known && flags[index] & 2 ? page(index) : address(Object.assign({}, state, { s: index, at: undefined }));
    var right = !known || truth[index] === prediction[index];
    node.item.className = right ? "right" : "wrong";
    node.says.textContent = right ? "" : set.classes[prediction[index]];
    var label = words(index), verdict = known ? verdictOf(index) : "";
    node.link.setAttribute("aria-label", label);
    node.link.title = label;
    node.mark.textContent = verdict ? verdict[0].toUpperCase() : "";
    node.mark.className = "mark " + verdict.split(" ")[0];
    var crop = cropOf(index, onlyMistakes);
    if (speed > FAST && !loaded[crop.src]) {
      node.sheet = "";
      node.picture.style.background = "";
      return;
    }
    loaded[crop.src] = true;
    node.sheet = crop.src;
    paint(node.picture, crop, SIZE);
  }
  function render(anew) {
    frame = 0;
    var top = -wall.getBoundingClientRect().top;
    var first = Math.max(0, Math.floor(top / step()) - ABOVE) * columns;
    var end = Math.min(length(), (Math.floor((top + innerHeight) / step()) + 1 + ABOVE) * columns);
    if (first > end) first = Math.max(0, end - columns);
    if (!view && end > first) need(first, end - 1, function () { render(true); });
    var free = [], there = {};
    nodes.forEach(function (node) {
      if (node.position >= first && node.position < end && !there[node.position]) {
        there[node.position] = true;
        if (anew || !node.sheet && speed <= FAST) fill(node, node.position);
      } else free.push(node);
    });
    for (var position = first; position < end; position += 1) {
      if (there[position]) continue;
      var node = free.pop() || make();
      // Whoever has the focus keeps it where it was.
      if (node.link === document.activeElement && free.length) { free.unshift(node); node = free.pop(); }
      node.item.hidden = false;
      fill(node, position);
    }
    free.forEach(function (node) { node.item.hidden = true; node.position = -1; });
  }
  function schedule() { if (!frame) frame = requestAnimationFrame(function () { render(false); }); }
  addEventListener("scroll", function () {
    var now = performance.now();
    speed = Math.abs(scrollY - last.y) / Math.max(1, now - last.t);
    last = { y: scrollY, t: now };
    clearTimeout(settle);
    settle = setTimeout(function () { speed = 0; schedule(); remember(); }, 120);
    schedule();
  }, { passive: true });
  addEventListener("resize", function () { if (wall) { measure(); render(true); } });
  /** The first sample in view stands in the address, so that a copy leads back to it. */
  function remember() {
    if (isOpen()) return;
    var row = Math.ceil(-wall.getBoundingClientRect().top / step());
    var at = row > 0 && length() ? String(sampleAt(Math.min(length() - 1, row * columns))) : undefined;
    if (at === state.at) return;
    state.at = at;
    history.replaceState(history.state, "", address(state) === "#" ? location.pathname + location.search : address(state));
  }
  function scrollToPosition(position, block) {
    var top = wall.getBoundingClientRect().top + scrollY + Math.floor(position / columns) * step();
    if (block === "nearest") {
      if (top < scrollY) scrollTo({ top: top - 12, behavior: "instant" });
      else if (top + step() > scrollY + innerHeight) scrollTo({ top: top + step() - innerHeight + 12, behavior: "instant" });
    } else scrollTo({ top: top - 12, behavior: "instant" });
  }

  // From the address to what is seen.
  var shownFor;
  function follow() {
    state = parse();
    if (state.sort && !SORTS[state.sort]) delete state.sort;
    form.follow();
    var key = address(Object.assign({}, state, { s: undefined, at: undefined }));
    if (key === shownFor) { openOrClose(); return; }
    var show = function () {
      if (key !== address(Object.assign({}, state, { s: undefined, at: undefined }))) return;
      shownFor = key;
      select();
      tell();
      measure();
      nodes.forEach(function (node) { node.position = -1; });
      var position = state.at ? positionOf(Number(state.at)) : -1;
      if (position > 0) scrollToPosition(position);
      else if (scrollY > wall.offsetTop) scrollToPosition(0);
      render(true);
      openOrClose();
    };
    if (needsAll(state)) needEvery(show); else show();
  }
  function count(number) { return String(number).replace(/\B(?=(\d{3})+$)/g, ","); }
  function tell() {
    status.textContent = isFiltered(state) ? count(length()) + " of " + count(set.samples) + " images" : count(set.samples) + " images";
  }

  // The controls.
  function makeForm() {
    function option(value, text) { return element("option", { value: value, text: text }); }
    function choice(key, label, options) {
      var select = element("select", { id: "filter-" + key, autocomplete: "off" }, options);
      select.addEventListener("change", function () { var change = { at: undefined, s: undefined }; change[key] = select.value; go(change); });
      made[key] = select;
      return element("label", {}, [label + " ", select]);
    }
    function number(key, label, most) {
      var input = element("input", { type: "number", id: "filter-" + key, min: 0, max: most, step: "any", inputmode: "decimal", autocomplete: "off", "aria-label": label });
      made[key] = input;
      return input;
    }
    var made = {};
    var names = set.classes.map(function (name, at) { return option(set.slugs[at], name); });
    var clone = function (options) { return options.map(function (one) { return one.cloneNode(true); }); };
    var from = number("from", "Confidence from, in per cent", 100), to = number("to", "Confidence to, in per cent", 100);
    [["from", from], ["to", to]].forEach(function (pair) {
      pair[1].addEventListener("change", function () { var change = { at: undefined }; change[pair[0]] = pair[1].value; go(change); });
    });
    var suspect = element("input", { type: "checkbox", autocomplete: "off" });
    suspect.addEventListener("change", function () { go({ suspect: suspect.checked ? "1" : undefined, at: undefined }); });
    var jump = number("jump", "Go to the image with this number", set.samples - 1);
    jump.addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); jumpTo(jump.value); } });
    jump.addEventListener("change", function () { jumpTo(jump.value); });
    var reset = element("a", { href: "#", text: "show all" });
    reset.addEventListener("click", function (event) {
      event.preventDefault();
      history.pushState(null, "", location.pathname + location.search);
      follow();
    });
    status = element("p", { role: "status", "class": "shown-count" });
    form = element("form", { "class": "filters", "aria-label": "Which images, in which order" }, [
      choice("truth", "Truth", [option("", "any")].concat(clone(names))),
      choice("taken", "Taken for", [option("", "any")].concat(names)),
      choice("answer", "Answer", [option("", "any"), option("wrong", "wrong"), option("right", "right")]),
      element("span", { "class": "pair" }, ["Confidence ", from, " – ", to, " %"]),
      element("label", {}, [suspect, " suspect label"]),
      choice("verdict", "Verdict", [option("", "any or none"), option("any", "any"), option("none", "none")].concat(review.NAMES.map(function (name) { return option(name, name); }))),
      choice("sort", "Order by", [option("", "index"), option("confidence", "confidence"), option("margin", "margin"), option("loss", "loss")]),
      choice("order", "", [option("", "highest first"), option("lowest", "lowest first")]),
      element("label", {}, ["Go to ", jump]),
      reset,
    ]);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    made.order.setAttribute("aria-label", "Direction of the order");
    form.follow = function () {
      ["truth", "taken"].forEach(function (key) { var at = state[key] ? classOf(state[key]) : -1; made[key].value = at >= 0 ? set.slugs[at] : ""; });
      ["answer", "from", "to", "verdict", "order"].forEach(function (key) { made[key].value = state[key] || ""; });
      made.sort.value = state.sort === "index" ? "" : state.sort || "";
      made.order.options[0].text = made.sort.value ? "highest first" : "first to last";
      made.order.options[1].text = made.sort.value ? "lowest first" : "last to first";
      suspect.checked = Boolean(state.suspect);
      reset.hidden = !needsAll(state);
    };
  }
  function jumpTo(text) {
    var index = Math.floor(Number(text));
    if (text === "" || !(index >= 0 && index < set.samples)) {
      if (text !== "") status.textContent = "There is no image " + text + ": they are numbered from 0 to " + (set.samples - 1) + ".";
      return;
    }
    var position = positionOf(index);
    if (position < 0) { status.textContent = "Image " + index + " is not among those shown."; return; }
    tell();
    scrollToPosition(position);
    render(false);
    focus(position);
  }
  function focus(position) {
    cursor = position;
    scrollToPosition(position, "nearest");
    speed = 0;
    render(false);
    var node = nodes.find(function (node) { return node.position === position; });
    if (node) node.link.focus({ preventScroll: true });
  }

  // One sample, large, over the wall: its script comes with the first that is asked for.
  var viewer = null;
  function isOpen() { return Boolean(viewer && viewer.isOpen()); }
  function openOrClose() {
    if (viewer) viewer.follow();
    else if (state.s !== undefined) site.get("assets/viewer", function (make) {
      viewer = viewer || make({ set: set, state: function () { return state; }, go: go, part: part, lost: lost, count: count, words: words, page: page, own: own, focus: focus, crop: function (index) { return cropOf(index, truth[index] !== prediction[index] && onlyMistakes); }, paint: paint, length: length, sampleAt: sampleAt, positionOf: positionOf, know: know });
      viewer.follow();
    }, lost);
  }
  /** Hands what the rows say of a sample on, once they are there. */
  function know(index, done) {
    var tell = function () { done({ truth: truth[index], prediction: prediction[index], margin: margin[index] / site.WHOLE * set.margin, loss: loss[index] / site.WHOLE * set.loss, isSuspect: Boolean(flags[index] & 1), hasPage: Boolean(flags[index] & 2) }); };
    if (isKnown(index)) tell();
    else need(index, index, tell);
  }
  // Keys, before those of the page.
  document.addEventListener("keydown", function (event) {
    if (!wall || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    var by = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (isOpen()) {
      if (by) { event.preventDefault(); viewer.leaf(by); }
      return;
    }
    var inWall = wall.contains(document.activeElement);
    if (inWall) by = by || { ArrowDown: columns, ArrowUp: -columns }[event.key];
    else if (event.key.indexOf("Arrow") === 0) return;
    if (by && length()) {
      event.preventDefault();
      var from = inWall ? cursor : by > 0 ? Math.ceil(Math.max(0, -wall.getBoundingClientRect().top) / step()) * columns - 1 : 1;
      focus(Math.max(0, Math.min(length() - 1, from + by)));
    } else if (inWall && event.key >= "1" && event.key <= "3") {
      event.preventDefault();
      judge(sampleAt(cursor), review.NAMES[Number(event.key) - 1]);
    }
  }, true);
  function judge(index, name) {
    site.get(part("details", Math.floor(index / set.details)), function (text) {
      var at = index % set.details * (32 + set.bars * (set.class + 3));
      var now = review.effective(index, own(index));
      review.set(index, { image: text.substr(at, 32), truth: set.classes[truth[index]], prediction: set.classes[prediction[index]], verdict: now.verdict === name ? "" : name, note: now.note || "" });
    }, lost);
  }

  function start(value) {
    set = value;
    truth = new Uint16Array(set.samples);
    prediction = new Uint16Array(set.samples);
    confidence = new Uint32Array(set.samples);
    margin = new Uint32Array(set.samples);
    loss = new Uint32Array(set.samples);
    flags = new Uint8Array(set.samples);
    slots = new Int32Array(set.samples).fill(-1);
    makeForm();
    wall = element("ol", { "class": "wall", "aria-label": "Images" });
    var heading = place.querySelector("h1"), steps = document.querySelector(".steps");
    heading.textContent = "All " + count(set.samples) + " samples";
    if (steps) steps.remove();
    place.append(form, status, element("p", { "class": "keys note" }, [element("kbd", { text: "j" }), " ", element("kbd", { text: "k" }), " move · ", element("kbd", { text: "enter" }), " opens · ", element("kbd", { text: "1" }), " ", element("kbd", { text: "2" }), " ", element("kbd", { text: "3" }), " model wrong, label wrong, ambiguous"]), wall);
    review.onChange(function () { render(true); });
    addEventListener("popstate", follow);
    addEventListener("hashchange", follow);
    follow();
  }
  paged.remove();
  site.get("samples/data/set", start, function () { place.append(paged); });
})();
