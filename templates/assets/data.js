// Data for scripts. Pages from disk may load neither modules nor JSON, so data comes in classic scripts, each one call
// of put with a name; get loads the script of a name once and hands its value on.
(function () {
  "use strict";
  var body = document.body;
  var root = body.dataset.root;
  var known = {};
  var DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  var values = {};
  for (var i = 0; i < 64; i += 1) values[DIGITS.charCodeAt(i)] = i;

  function entry(name) {
    if (!Object.prototype.hasOwnProperty.call(known, name)) known[name] = { waiting: [], failed: [] };
    return known[name];
  }
  window.layerscope = {
    root: root,
    report: body.dataset.report,
    put: function (name, value) {
      var found = entry(name);
      found.value = value;
      found.ready = true;
      found.waiting.forEach(function (done) { done(value); });
      found.waiting = found.failed = [];
    },
    /** Calls done with the value of samples/data/set, say; at once where it is there. */
    get: function (name, done, failed) {
      var found = entry(name);
      if (found.ready) return done(found.value);
      found.waiting.push(done);
      if (failed) found.failed.push(failed);
      if (found.asked) return;
      found.asked = true;
      var script = document.createElement("script");
      script.src = root + name + ".js";
      script.onerror = function () {
        var tell = found.failed;
        delete known[name];
        tell.forEach(function (failed) { failed(name); });
      };
      document.head.appendChild(script);
    },
    /** Several names; done once all are there, step after each. */
    getAll: function (names, done, failed, step) {
      var left = names.length, broken = false;
      if (!left) return done();
      names.forEach(function (name) {
        window.layerscope.get(name, function () {
          left -= 1;
          if (step) step(names.length - left, names.length);
          if (!left && !broken) done();
        }, function (name) {
          if (!broken && failed) failed(name);
          broken = true;
        });
      });
    },
    /** The number written in some characters of a packed text. */
    number: function (text, at, characters) {
      var value = 0;
      for (var end = at + characters; at < end; at += 1) value = value * 64 + values[text.charCodeAt(at)];
      return value;
    },
    WHOLE: 262143,
    /** As the report writes shares: so many decimals that what is neither all nor nothing does not look like it. */
    percent: function (share) {
      var value = share * 100, text = value.toFixed(0);
      for (var decimals = 1; value > 0 && value < 100 && decimals < 4; decimals += 1) {
        text = value.toFixed(decimals);
        if (Number(text) > 0 && Number(text) < 100) break;
      }
      return text + "\u202f%";
    },
    percentShort: function (share) {
      var rounded = Math.round(share * 100);
      return (rounded >= 100 && share < 1 ? ">99" : rounded <= 0 && share > 0 ? "<1" : rounded) + "\u202f%";
    },
    element: function (name, attributes, children) {
      var made = document.createElement(name);
      Object.keys(attributes || {}).forEach(function (key) {
        if (key === "text") made.textContent = attributes[key];
        else made.setAttribute(key, attributes[key]);
      });
      (children || []).forEach(function (child) { made.append(child); });
      return made;
    },
    /** Sends a text to the reader's disk. */
    save: function (name, type, text) {
      var link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: type }));
      link.download = name;
      document.body.appendChild(link).click();
      link.remove();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
    },
  };
})();
