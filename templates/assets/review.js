// The page Review: what holds now is what the report came with under what this browser keeps.
(function () {
  "use strict";
  var site = window.layerscope, review = site.review, element = site.element;
  var table = document.getElementById("reviewed"), body = table.tBodies[0];
  var tools = document.getElementById("review-tools");
  var status = element("p", { role: "status" });
  var COLUMNS = ["image", "index", "truth", "prediction", "verdict", "note"];
  var pictures = {}; // the report's own, by sample
  var own = {};
  Array.prototype.forEach.call(body.rows, function (row) {
    own[row.dataset.index] = { image: row.dataset.image, truth: row.dataset.truth, prediction: row.dataset.prediction, verdict: row.dataset.verdict, note: row.dataset.note };
    pictures[row.dataset.index] = row.querySelector(".thumb");
  });

  /** Every verdict that holds, by sample. */
  function effective() {
    var kept = review.all(), found = Object.assign({}, own);
    Object.keys(kept).forEach(function (index) {
      if (kept[index].verdict) found[index] = kept[index];
      else delete found[index];
    });
    return Object.keys(found).map(Number).sort(function (a, b) { return a - b; }).map(function (index) {
      return Object.assign({ index: index }, found[index]);
    });
  }
  function show() {
    var entries = effective();
    var counts = document.getElementById("review-counts");
    counts.replaceChildren.apply(counts, review.NAMES.map(function (name) {
      var number = entries.filter(function (entry) { return entry.verdict === name; }).length;
      return element("div", {}, [element("dt", { text: name }), element("dd", { text: String(number) })]);
    }));
    body.replaceChildren.apply(body, entries.map(function (entry) {
      var link = element("a", { href: site.root + "samples/index.html#s=" + entry.index }, [pictures[entry.index] || thumb(entry.index), " " + entry.index]);
      return element("tr", {}, [element("th", { scope: "row" }, [link]), element("td", { text: entry.truth + (entry.truth === entry.prediction ? "" : " → " + entry.prediction) }), element("td", { text: entry.verdict }), element("td", { "class": "said", text: entry.note })]);
    }));
    var mine = Object.keys(review.all()).length;
    say(entries.length + (entries.length === 1 ? " verdict holds; " : " verdicts hold; ") + (mine ? mine + " of them given or changed in this browser." : "none given in this browser yet.") + (review.isKept() ? "" : " This browser stores nothing for this page."));
    buttons.forEach(function (button) { button.disabled = !entries.length; });
    forget.disabled = !mine;
  }
  function say(text) { status.textContent = text; }
  function thumb(index) {
    var place = element("span", { "class": "thumb picture", role: "img", "aria-label": "sample " + index });
    site.get("samples/data/set", function (set) {
      var tiles = set.grid[0] * set.grid[1], at = index % tiles, size = 40;
      var sheet = Math.floor(index / tiles), scale = size / Math.max(set.tile[0], set.tile[1]);
      var high = Math.ceil(Math.min(tiles, set.samples - sheet * tiles) / set.grid[0]);
      var w = set.tile[0] * scale, h = set.tile[1] * scale;
      place.style.width = w + "px";
      place.style.height = h + "px";
      place.style.background = "url(" + JSON.stringify(site.root + "samples/tiles/all-" + sheet + "." + set.ending) + ") " + -(at % set.grid[0]) * w + "px " + -Math.floor(at / set.grid[0]) * h + "px / " + set.grid[0] * w + "px " + high * h + "px no-repeat";
    });
    return place;
  }

  // Out.
  function json() {
    var rows = effective().map(function (entry) {
      var ordered = {};
      COLUMNS.forEach(function (name) { ordered[name] = entry[name]; });
      return "  " + JSON.stringify(ordered);
    });
    var head = { format: "layerscope-review", version: 1, report: { id: site.report, title: document.querySelector(".rail .name").textContent } };
    return JSON.stringify(head).slice(0, -1) + ",\"verdicts\":[\n" + rows.join(",\n") + "\n]}\n";
  }
  function csv() {
    var quote = function (value) { return /[",\r\n]/.test(value) ? "\"" + String(value).replace(/"/g, "\"\"") + "\"" : String(value); };
    return [COLUMNS].concat(effective().map(function (entry) { return COLUMNS.map(function (name) { return entry[name]; }); }))
      .map(function (row) { return row.map(quote).join(","); }).join("\r\n") + "\r\n";
  }

  // In. A verdict finds its image by its pixels, as in the next report.
  function parseCsv(text) {
    var rows = [[""]], quoted = false;
    for (var i = 0; i < text.length; i += 1) {
      var row = rows[rows.length - 1], c = text[i];
      if (quoted) {
        if (c !== "\"") row[row.length - 1] += c;
        else if (text[i + 1] === "\"") { row[row.length - 1] += c; i += 1; } else quoted = false;
      } else if (c === "\"") quoted = true;
      else if (c === ",") row.push("");
      else if (c === "\n") rows.push([""]);
      else if (c !== "\r") row[row.length - 1] += c;
    }
    var head = rows.shift();
    return rows.filter(function (row) { return row.length > 1; }).map(function (row) {
      var entry = {};
      head.forEach(function (name, at) { entry[name] = row[at]; });
      return entry;
    });
  }
  function parse(text) {
    text = text.replace(/^\ufeff/, "");
    var found;
    if (/^\s*\{/.test(text)) {
      var file = JSON.parse(text);
      if (file.format !== "layerscope-review" || file.version !== 1 || !Array.isArray(file.verdicts)) throw new Error("it is no file of verdicts, version 1");
      found = file.verdicts;
    } else found = parseCsv(text);
    found.forEach(function (entry, at) {
      if (!entry || !/^[0-9a-f]{32}$/i.test(entry.image) || review.NAMES.indexOf(entry.verdict) < 0) throw new Error("verdict " + (at + 1) + " names no image or none of the three verdicts");
    });
    if (!found.length) throw new Error("it holds no verdict");
    return found;
  }
  function take(text) {
    var found;
    try {
      found = parse(text);
    } catch (error) {
      say("The file was not taken: " + error.message + ".");
      return;
    }
    say("Looking for the images …");
    site.get("samples/data/set", function (set) {
      var names = [];
      for (var part = 0; part * set.details < set.samples; part += 1) names.push("samples/data/details-" + part);
      site.getAll(names, function () { join(found, set, names); }, function (name) { say("The file " + name + ".js is missing. Is the report whole?"); });
    }, function (name) { say("The file " + name + ".js is missing. Is the report whole?"); });
  }
  function join(found, set, names) {
    var wanted = {}, kept = review.all(), taken = 0;
    found.forEach(function (entry) { wanted[entry.image.toLowerCase()] = []; });
    var width = 32 + set.bars * (set.class + 3);
    names.forEach(function (name, part) {
      site.get(name, function (text) {
        for (var at = 0; at < text.length; at += width) {
          var places = wanted[text.substr(at, 32)];
          if (places) places.push(part * set.details + at / width);
        }
      });
    });
    // Labels and answers of the samples that were found.
    var rows = {};
    Object.keys(wanted).forEach(function (image) { wanted[image].forEach(function (index) { rows["samples/data/rows-" + Math.floor(index / set.rows)] = true; }); });
    site.getAll(Object.keys(rows), function () {
      var label = function (index) {
        var w = set.class, at = index % set.rows * (2 * w + 10), found;
        site.get("samples/data/rows-" + Math.floor(index / set.rows), function (value) {
          found = [site.number(value[0], at, w), site.number(value[0], at + w, w)].map(function (number) { return set.classes[number]; });
        });
        return found;
      };
      found.forEach(function (entry) {
        var places = wanted[entry.image.toLowerCase()].filter(function (index) { return label(index)[0] === entry.truth; });
        if (!places.length) return;
        var index = places.indexOf(Number(entry.index)) >= 0 ? Number(entry.index) : places[0];
        kept[index] = { image: entry.image.toLowerCase(), truth: entry.truth, prediction: label(index)[1], verdict: entry.verdict, note: String(entry.note || "").trim().slice(0, review.LONGEST) };
        taken += 1;
      });
      review.setAll(kept);
      say(taken + " of " + found.length + " verdicts taken." + (taken < found.length ? " The images of the others are not in this report, or have another label." : ""));
    });
  }

  function button(words, act) {
    var made = element("button", { type: "button", text: words });
    made.addEventListener("click", act);
    return made;
  }
  var buttons = [
    button("Export JSON", function () { site.save("review.json", "application/json", json()); }),
    button("Export CSV", function () { site.save("review.csv", "text/csv", csv()); }),
  ];
  var file = element("input", { type: "file", accept: ".json,.csv,application/json,text/csv", id: "review-file", "class": "visually-hidden" });
  file.addEventListener("change", function () {
    if (!file.files.length) return;
    var reader = new FileReader();
    reader.onload = function () { take(reader.result); };
    reader.onerror = function () { say("The file cannot be read."); };
    reader.readAsText(file.files[0]);
    file.value = "";
  });
  var forget = button("Forget those of this browser", function () {
    if (confirm("Forget all verdicts given in this browser? Those of the report stay.")) review.setAll({});
  });
  tools.append.apply(tools, buttons.concat([element("label", { "class": "button", "for": "review-file" }, ["Import …"]), file, forget, status]));
  review.onChange(show);
  show();
})();
