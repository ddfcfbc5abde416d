// One sample, large, over the gallery: its image, what the network answered, where it leads. Made by the gallery with what
// that knows; previous and next are those of the gallery's order.
layerscope.put("assets/viewer", function (gallery) {
  "use strict";
  var site = window.layerscope, element = site.element, review = site.review, set = gallery.set;
  var dialog = document.body.appendChild(element("dialog", { "class": "viewer", "aria-label": "One image" }));
  dialog.addEventListener("close", function () { if (gallery.state().s !== undefined) close(); });
  dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });

  function close() {
    var position = gallery.positionOf(Number(gallery.state().s));
    // Going back undoes what was opened in the gallery; what came with the address is closed in place.
    if (history.state === "opened") history.back();
    else gallery.go({ s: undefined }, true);
    if (position >= 0) gallery.focus(position);
  }
  function follow() {
    var asked = gallery.state().s, index = Number(asked);
    if (asked === undefined || !(index >= 0 && index < set.samples)) {
      if (dialog.open) { delete gallery.state().s; dialog.close(); }
      return;
    }
    gallery.know(index, function (row) {
      site.get(gallery.part("details", Math.floor(index / set.details)), function (text) {
        if (gallery.state().s === asked) show(index, row, text);
      }, gallery.lost);
    });
  }
  function bars(row, text, at) {
    var w = set.class, list = [], rest = 1;
    for (var i = 0; i < set.bars; i += 1, at += w + 3) {
      var name = site.number(text, at, w), share = site.number(text, at + w, 3) / site.WHOLE;
      rest -= share;
      var role = name === row.truth ? name === row.prediction ? ["right", "truth and answer"] : ["truth", "truth"] : name === row.prediction ? ["wrong", "answer"] : ["", ""];
      var bar = element("i", { "class": role[0] });
      bar.style.setProperty("--p", 100 * share + "%");
      list.push(element("tr", {}, [
        element("th", { scope: "row" }, [set.classes[name], element("span", { "class": "visually-hidden", text: role[1] ? " (" + role[1] + ")" : "" })]),
        element("td", { "class": "p" }, [bar]),
        element("td", { "class": "n", text: share ? site.percent(share) : "<0.001\u202f%" }),
      ]));
    }
    var table = element("table", { "class": "probs", "aria-label": "Probability of each class" }, [element("tbody", {}, list)]);
    var hidden = set.classes.length - set.bars;
    return hidden > 0 ? [table, element("p", { "class": "note", text: "The " + gallery.count(hidden) + " classes not shown have " + site.percent(Math.max(0, rest)) + " together." })] : [table];
  }
  function links(index, row) {
    var t = row.truth, p = row.prediction, found = [];
    function link(href, words) { found.push(element("a", { href: href, text: words })); }
    if (row.hasPage) link(gallery.page(index), "its way through the network");
    if (t !== p) link(site.root + "errors/" + set.slugs[t] + "-as-" + set.slugs[p] + "/index.html", "all " + set.classes[t] + " taken for " + set.classes[p]);
    link(site.root + "classes/" + set.slugs[t] + "/index.html", "the class " + set.classes[t]);
    if (t !== p) link(site.root + "classes/" + set.slugs[p] + "/index.html", "the class " + set.classes[p]);
    var line = element("p", { "class": "links" });
    found.forEach(function (one, number) { line.append(number ? " · " : "", one); });
    return line;
  }
  function tag(kind, name) { return element("span", { "class": "tag " + kind, text: set.classes[name] }); }
  function button(words, act) {
    var made = element("button", { type: "button", text: words });
    made.addEventListener("click", act);
    return made;
  }
  function key(name) { return element("kbd", { text: name }); }
  function show(index, row, text) {
    var t = row.truth, p = row.prediction, right = t === p;
    var at = index % set.details * (32 + set.bars * (set.class + 3));
    var image = element("span", { "class": "picture big", role: "img", "aria-label": gallery.words(index) });
    gallery.paint(image, gallery.crop(index), 288);
    var heading = element("h2", {}, right ? [tag("right", t), " recognised"] : [tag("truth", t), " taken for ", tag("wrong", p)]);
    var base = gallery.own(index), position = gallery.positionOf(index);
    var verdict = element("div", { "class": "verdict", "data-index": index, "data-image": text.substr(at, 32), "data-truth": set.classes[t], "data-prediction": set.classes[p], "data-verdict": base ? base.verdict : "", "data-note": base ? base.note : "" });
    var facts = "Sample " + index + (position >= 0 ? ", " + gallery.count(position + 1) + " of " + gallery.count(gallery.length()) : "") +
      ". The logits of the first two classes differ by " + row.margin.toFixed(2) + "; the loss is " + row.loss.toFixed(2) + " nats." + (row.isSuspect ? " Its label is suspect." : "");
    dialog.replaceChildren(
      element("div", { "class": "sample" }, [element("div", {}, [image]), element("div", {}, [heading].concat(bars(row, text, at + 32), [element("p", { "class": "note", text: facts }), links(index, row), verdict]))]),
      element("p", { "class": "moves" }, [button("← previous", function () { leaf(-1); }), " ", button("next →", function () { leaf(1); }), " ", button("Close", function () { dialog.close(); }), element("span", { "class": "keys note" }, [" ", key("j"), " ", key("k"), " move · ", key("1"), " ", key("2"), " ", key("3"), " judge · ", key("n"), " note"])]));
    review.mount(verdict);
    if (!dialog.open) {
      dialog.showModal();
      dialog.focus();
    }
  }
  function leaf(by) {
    var position = gallery.positionOf(Number(gallery.state().s)) + by;
    if (position < 0 || position >= gallery.length()) return;
    gallery.go({ s: String(gallery.sampleAt(position)) }, true);
  }
  return { follow: follow, leaf: leaf, isOpen: function () { return dialog.open; } };
});
