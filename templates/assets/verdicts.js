// Verdicts: what a reader says of samples, kept in the browser under the name of the report, over what the report came
// with. A sample's element says who it is; the buttons and keys are made here, for they are nothing without a script.
(function () {
  "use strict";
  var site = window.layerscope, element = site.element;
  var KEY = "layerscope-review-" + site.report;
  var NAMES = ["model wrong", "label wrong", "ambiguous"];
  var LONGEST = 1000;
  var memory = {};
  var listeners = [];
  var kept = true;

  function read() {
    try {
      var text = localStorage.getItem(KEY);
      memory = (text && JSON.parse(text)) || {};
    } catch (_) {
      kept = false;
    }
    return memory;
  }
  function write() {
    try {
      localStorage.setItem(KEY, JSON.stringify(memory));
      kept = true;
    } catch (_) {
      kept = false;
    }
  }
  var review = {
    NAMES: NAMES,
    LONGEST: LONGEST,
    isKept: function () { return kept; },
    /** All that this browser knows, by sample: an entry without a verdict takes one of the report back. */
    all: read,
    get: function (index) { return read()[index]; },
    set: function (index, entry) {
      read();
      memory[index] = entry;
      write();
      listeners.forEach(function (told) { told(index); });
    },
    setAll: function (entries) {
      memory = entries;
      write();
      listeners.forEach(function (told) { told(null); });
    },
    onChange: function (told) { listeners.push(told); },
    /** The verdict and note that hold for a sample, given what the report came with. */
    effective: function (index, own) {
      var found = read()[index];
      return found || own || { verdict: "", note: "" };
    },
  };
  site.review = review;
  // Another tab may judge too.
  window.addEventListener("storage", function (event) {
    if (event.key === KEY) listeners.forEach(function (told) { told(null); });
  });

  /** Fills an element that names a sample with buttons and a note. */
  review.mount = function (place) {
    var data = place.dataset, index = Number(data.index);
    var own = { verdict: data.verdict || "", note: data.note || "" };
    var note = element("input", { type: "text", maxlength: LONGEST, placeholder: "Note", "aria-label": "Note on the verdict", autocomplete: "off" });
    var status = element("span", { role: "status", "class": "status" });
    var buttons = NAMES.map(function (name, at) {
      var button = element("button", { type: "button", "aria-pressed": "false", title: "Key " + (at + 1) }, [element("kbd", { text: String(at + 1), "aria-hidden": "true" }), " " + name]);
      button.addEventListener("click", function () { give(name); });
      return button;
    });
    function give(name) {
      var now = review.effective(index, own);
      keep(now.verdict === name ? "" : name, note.value);
    }
    function keep(verdict, text) {
      review.set(index, { image: data.image, truth: data.truth, prediction: data.prediction, verdict: verdict, note: text.trim().slice(0, LONGEST) });
    }
    function show() {
      var now = review.effective(index, own);
      buttons.forEach(function (button, at) { button.setAttribute("aria-pressed", String(now.verdict === NAMES[at])); });
      if (document.activeElement !== note) note.value = now.note;
      note.disabled = !now.verdict;
      status.textContent = !now.verdict ? "" : kept ? "kept in this browser" : "not kept: this browser stores nothing for this page";
    }
    note.addEventListener("change", function () { keep(review.effective(index, own).verdict, note.value); });
    note.addEventListener("keydown", function (event) { if (event.key === "Enter" || event.key === "Escape") { event.preventDefault(); event.stopPropagation(); note.blur(); } });
    var legend = element("legend", { text: "Who is wrong?" });
    place.replaceChildren(element("fieldset", {}, [legend].concat(buttons, [note, status])));
    place.give = function (number) { give(NAMES[number - 1]); };
    place.focusNote = function () { note.focus(); };
    place.show = show;
    show();
  };
  review.onChange(function () {
    document.querySelectorAll(".verdict").forEach(function (place) { if (place.show) place.show(); });
  });
  document.querySelectorAll(".verdict[data-index]").forEach(review.mount);

  // Keys: 1 2 3 judge the sample of the page, or that of an open dialog, n goes to its note.
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    var place = document.querySelector("dialog[open] .verdict") || document.querySelector("main .verdict");
    if (!place || !place.give) return;
    if (event.key >= "1" && event.key <= "3") place.give(Number(event.key));
    else if (event.key === "n") place.focusNote();
    else return;
    event.preventDefault();
  });
})();
