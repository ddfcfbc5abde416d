// Search over the whole report, loaded with its index when the field gets the focus: classes, confusions, layers, sample
// numbers, and what the pages say.
(function () {
  "use strict";
  var site = window.layerscope, element = site.element;
  var place = document.querySelector(".search"), input = place.querySelector("input");
  var MOST = 12;
  var list = element("ul", { id: "search-found", role: "listbox", "aria-label": "Found", hidden: "" });
  var status = element("p", { role: "status", "class": "visually-hidden" });
  var index, set, entries, active = -1;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", "search-found");
  input.setAttribute("aria-autocomplete", "list");
  place.append(list, status);

  function fold(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
  function make() {
    entries = [];
    function add(kind, name, path, more) { entries.push({ kind: kind, name: name, path: path, more: more || "", folded: fold(name), all: fold(name + " " + (more || "")) }); }
    index.chapters.forEach(function (chapter) { add("page", chapter.title, chapter.path); });
    set.classes.forEach(function (name, at) { add("class", name, "classes/" + set.slugs[at] + "/index.html"); });
    index.layers.forEach(function (layer) { add("layer", layer[0], layer[2] + "index.html", layer[1]); });
    var width = 2 * set.class + 3;
    for (var at = 0; at < index.confusions.length; at += width) {
      var t = site.number(index.confusions, at, set.class), p = site.number(index.confusions, at + set.class, set.class), count = site.number(index.confusions, at + 2 * set.class, 3);
      add("confusion", set.classes[t] + " taken for " + set.classes[p], "errors/" + set.slugs[t] + "-as-" + set.slugs[p] + "/index.html", count + (count === 1 ? " image" : " images"));
    }
    index.chapters.forEach(function (chapter) {
      var heading = chapter.title;
      chapter.passages.forEach(function (passage) {
        heading = passage[0] || heading;
        if (passage[1] === chapter.title) return;
        entries.push({ kind: "text", name: heading === passage[1] || heading === chapter.title ? chapter.title : chapter.title + ": " + heading, path: chapter.path, more: passage[1], folded: "", all: fold(passage[1]) });
      });
    });
  }
  function sample(number) {
    var bits = site.number(index.pages, Math.floor(number / 6), 1);
    var own = bits >> (number % 6) & 1;
    return { kind: "sample", name: "Sample " + number, path: own ? "samples/" + String(number).padStart(set.digits, "0") + "/index.html" : "samples/index.html#s=" + number, more: "" };
  }
  /** The best first: a name that is the words, begins with them, holds them; then text. */
  function find(text) {
    var wanted = fold(text).split(/\s+/).filter(Boolean), found = [];
    if (!wanted.length) return found;
    var whole = wanted.join(" ");
    if (/^#?\d+$/.test(whole) && Number(whole.replace("#", "")) < set.samples) found.push({ score: -1, entry: sample(Number(whole.replace("#", ""))) });
    entries.forEach(function (entry, at) {
      if (!wanted.every(function (word) { return entry.all.indexOf(word) >= 0; })) return;
      var score = entry.kind === "text" ? 40 : entry.folded === whole ? 0 : entry.folded.indexOf(whole) === 0 ? 10 : wanted.every(function (word) { return (" " + entry.folded).indexOf(" " + word) >= 0; }) ? 20 : 30;
      found.push({ score: score + at / 1e6, entry: entry });
    });
    return found.sort(function (a, b) { return a.score - b.score; });
  }
  function around(text, words) {
    var at = fold(text).indexOf(words), from = Math.max(0, at - 40);
    return (from ? "…" : "") + text.slice(from, from + 110) + (from + 110 < text.length ? "…" : "");
  }
  function show() {
    if (!entries) return;
    var text = input.value.trim(), found = find(text);
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren.apply(list, found.slice(0, MOST).map(function (one, at) {
      var entry = one.entry;
      var more = entry.kind === "text" ? around(entry.more, fold(text).split(/\s+/)[0]) : [entry.kind, entry.more].filter(Boolean).join(" · ");
      // The link is the option: what can be chosen must not hold what can be pressed.
      var link = element("a", { href: site.root + entry.path, tabindex: "-1", role: "option", id: "search-" + at, "aria-selected": "false" }, [element("b", { text: entry.name }), element("small", { text: more })]);
      var item = element("li", { role: "presentation" }, [link]);
      item.addEventListener("pointerenter", function () { choose(at); });
      return item;
    }));
    var open = Boolean(text);
    if (open && !found.length) list.append(element("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", "class": "nothing", text: "Nothing found" }));
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    status.textContent = open ? (found.length > MOST ? "The first " + MOST + " of " + found.length : found.length) + " found" : "";
    if (found.length) choose(0);
  }
  function choose(at) {
    var items = list.querySelectorAll("li:not(.nothing) a");
    if (!items.length) return;
    active = (at + items.length) % items.length;
    items.forEach(function (item, number) { item.setAttribute("aria-selected", String(number === active)); });
    input.setAttribute("aria-activedescendant", items[active].id);
    items[active].scrollIntoView({ block: "nearest" });
  }
  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      var link = list.querySelectorAll("li:not(.nothing) a")[active];
      close();
      link.click();
    } else if (event.key === "Escape") {
      if (list.hidden) input.blur();
      close();
    }
  });
  document.addEventListener("pointerdown", function (event) { if (!place.contains(event.target)) close(); });
  place.addEventListener("focusout", function (event) { if (!place.contains(event.relatedTarget)) setTimeout(close, 150); });
  function lost(name) {
    list.replaceChildren(element("li", { role: "option", "aria-selected": "false", "class": "nothing", text: "The file " + name + ".js is missing" }));
    list.hidden = false;
  }
  site.get("samples/data/set", function (value) {
    set = value;
    site.get("search/index", function (found) {
      index = found;
      make();
      show();
    }, lost);
  }, lost);
})();
