// Enhancements only: every page is complete without this file. A classic script, for modules do not
// load from file://.
(function () {
  "use strict";
  function load(file) {
    var script = document.createElement("script");
    script.src = document.body.dataset.root + "assets/" + file;
    script.async = false;
    document.head.appendChild(script);
  }
  if (document.querySelector("table.sortable")) load("tables.js");

  // Search: its script and its index come when somebody wants them.
  var search = document.querySelector(".search input");
  function fetchSearch() {
    search.removeEventListener("focus", fetchSearch);
    var files = window.layerscope ? ["search.js"] : ["data.js", "search.js"];
    files.forEach(load);
  }
  if (search) {
    search.autocomplete = "off";
    search.spellcheck = false;
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
})();
