/* Field reports on the map: counted tiles put together to clusters that keep their counts, single reports where there is
   room, and the same as a list. Which time is shown is chosen in the panel and kept in the address. */
(function (erqi) {
  "use strict";

  const { h, t } = erqi;
  const WINDOWS = {
    "1d": { days: 1, label: "reports.day" }, "7d": { days: 7, label: "reports.week" }, "30d": { days: 30, label: "reports.month" },
    all: { days: null, label: "reports.whole" },
  };
  const BESIDE = 6; // pixels between a place and the number of its reports
  const FARTHER = 14; // and so many more where there is a symbol or a name
  const BIN = 80; // pixels of the grid by which points of one place are put together
  const HOUR = 3600e3;
  const LISTED = 20; // reports of one place that a popup names
  const DENSEST = 8; // places that the list names
  const listeners = [];
  let map = null;
  let window_ = chosenWindow();
  let wish = 0;
  let points = []; // {latlng, count, kinds, id, kind}
  let group = null;
  let listed = new Map(); // key of an entry of the list -> {name, cluster}

  function chosenWindow() {
    const asked = new URLSearchParams(window.location.search).get("window");
    return Object.hasOwn(WINDOWS, asked) ? asked : "7d";
  }

  erqi.onReports = (listener) => listeners.push(listener);
  erqi.reportPoints = () => points;

  /* The conditions for the window that ends at the moment shown; its beginning is a whole hour, so that the address of
     what everybody looks at stays the same for an hour. */
  function conditions(at) {
    const parts = at === null ? [] : ["observed_at <= TIMESTAMP('" + new Date(at).toISOString() + "')"];
    const { days } = WINDOWS[window_];
    const end = at === null ? Math.floor(Date.now() / HOUR) * HOUR : new Date(at).getTime();
    if (days !== null) parts.push("observed_at >= TIMESTAMP('" + new Date(end - days * 24 * HOUR).toISOString() + "')");
    return parts.length ? { filter: parts.join(" AND ") } : {};
  }

  /* Read every tile of the view and put its points together; an answer that comes too late is dropped. */
  async function read(again) {
    if (map === null || (group === null && listeners.every((listener) => !listener.active()))) return;
    wish += 1;
    const mine = wish;
    const at = erqi.moment();
    const zoom = erqi.tileZoom(map.getZoom());
    const places = erqi.tilesIn(map.getBounds().pad(0.1), zoom);
    const query = erqi.tileQuery(at, "kind", conditions(at));
    try {
      const tiles = await Promise.all(places.map((place) => erqi.tile("reports", place, query, again && at === null)));
      if (mine !== wish) return;
      points = pointsOf(places, tiles);
      draw();
    } catch (error) {
      if (mine === wish) erqi.tilesFailed("reports.failed", () => read(true));
    }
  }

  /* A single report in a tile's margin belongs to the tile beside it; a counted cell is in one tile only. */
  function pointsOf(places, tiles) {
    const seen = new Set();
    return tiles.flatMap((tile, index) => tile.features.map(({ properties, parts }) => {
      const { x, y } = parts[0][0];
      const count = Number(properties.point_count) || 1;
      const id = properties.point_count === undefined ? erqi.text(properties.id) : null;
      const outside = x < 0 || y < 0 || x >= erqi.UNITS || y >= erqi.UNITS;
      if (id !== null && (outside || seen.has(id))) return null;
      if (id !== null) seen.add(id);
      return { latlng: erqi.tileLatLng(places[index], x, y), count, id, kinds: kindsOf(properties, count) };
    })).filter(Boolean);
  }

  function kindsOf(properties, count) {
    if (properties.kind !== undefined) return [[erqi.text(properties.kind), count]];
    return Object.entries(properties).filter(([name]) => name.startsWith("count_")).map(([name, n]) => [name.slice(6), Number(n)]);
  }

  /* Clusters: the points of each field of a grid at this zoom, at their mean; the counts add up to all of them. */
  erqi.clusters = function (all, zoom, side) {
    const bins = new Map();
    for (const point of all) {
      const pixel = L.CRS.EPSG3857.latLngToPoint(point.latlng, zoom);
      const key = Math.floor(pixel.x / side) + "/" + Math.floor(pixel.y / side);
      const bin = bins.get(key) || { count: 0, lat: 0, lng: 0, points: [] };
      bin.count += point.count;
      bin.lat += point.latlng.lat * point.count;
      bin.lng += point.latlng.lng * point.count;
      bin.points.push(point);
      bins.set(key, bin);
    }
    return [...bins.values()].map((bin) => ({ count: bin.count, points: bin.points, latlng: L.latLng(bin.lat / bin.count, bin.lng / bin.count) }));
  };

  function draw() {
    if (group !== null) {
      const focused = group.getLayers().find((each) => each.getElement() === document.activeElement);
      group.clearLayers();
      const clusters = erqi.clusters(points, map.getZoom(), BIN);
      const boxes = erqi.placeNumbers(clusters.map((cluster) => ({ latlng: cluster.latlng, wished: wished(cluster), onRoad: cluster.count === 1 })), map);
      clusters.forEach((cluster, index) => group.addLayer(marker(cluster, boxes[index])));
      if (focused) nearest(focused.getLatLng())?.focus({ preventScroll: true });
    }
    drawList();
    listeners.forEach((listener) => listener.draw());
    document.documentElement.dataset.erqiReports = String(points.reduce((sum, point) => sum + point.count, 0));
  }

  /* The element of the marker that is nearest to a place, whichever those of the last drawing are. */
  function nearest(latlng) {
    const markers = group === null ? [] : group.getLayers();
    const found = markers.sort((a, b) => a.getLatLng().distanceTo(latlng) - b.getLatLng().distanceTo(latlng))[0];
    return found && found.getElement();
  }

  const short = (count) => (count < 1000 ? String(count) : count < 10000 ? (count / 1000).toFixed(1) + "k" : Math.round(count / 1000) + "k");

  const sizeOf = (cluster) => (cluster.count === 1 ? 14 : Math.round(20 + 7 * Math.log10(cluster.count)));

  /* A single report stands on its place; a number beside it: most places lie on a line whose state must stay in sight. */
  function wished(cluster) {
    const size = sizeOf(cluster);
    const [before, after, middle] = [-BESIDE - size, BESIDE, -size / 2];
    const beside = [[after, middle], [before, middle], [after, before], [after, after], [before, before], [before, after], [middle, before], [middle, after]];
    const farther = [FARTHER, 2 * FARTHER].flatMap((more) => beside.map(([x, y]) => [x + Math.sign(x - middle) * more, y + Math.sign(y - middle) * more]));
    const all = [...beside, ...farther];
    if (cluster.count === 1) all.unshift([middle, middle]);
    return all.map(([x, y]) => ({ x, y, w: size, h: size }));
  }

  function marker(cluster, box) {
    const size = sizeOf(cluster);
    const text = cluster.count === 1 ? null : short(cluster.count);
    const html = h("span", { class: cluster.count === 1 ? "erqi-report-dot" : "erqi-cluster", "data-count": cluster.count }, text);
    const icon = L.divIcon({ className: "erqi-cluster-holder", html, iconSize: [size, size], iconAnchor: [-box.x, -box.y] });
    const drawn = L.marker(cluster.latlng, { icon, pane: "erqi-reports", keyboard: true });
    const name = cluster.count === 1 ? erqi.label("report_kind", cluster.points[0].kinds[0][0]) : t("reports.cluster", { n: cluster.count });
    drawn.on("add", () => drawn.getElement().setAttribute("aria-label", name));
    const chosen = () => choose(cluster, () => nearest(cluster.latlng));
    drawn.on("click", chosen);
    drawn.on("keypress", (event) => { if (event.originalEvent.key === "Enter") chosen(); });
    return drawn;
  }

  /* Nearer, until the reports of a place stand apart; those that never do are listed, and the focus then comes back to
     what ``origin`` gives. */
  function choose(cluster, origin) {
    const bounds = L.latLngBounds(cluster.points.map((point) => point.latlng));
    const lone = cluster.points.length === 1 && cluster.points[0].id !== null;
    if (lone || map.getZoom() >= map.getMaxZoom() - 0.5 || (cluster.points.every((point) => point.id !== null) && apart(bounds))) {
      openReports(cluster, origin);
    } else if (cluster.points.length > 1 && !apart(bounds)) map.fitBounds(bounds.pad(0.3), { maxZoom: map.getMaxZoom(), animate: false });
    else map.setView(cluster.latlng, Math.min(map.getMaxZoom(), map.getZoom() + 3), { animate: false });
  }

  /* Whether no zoom would show the points apart. */
  const apart = (bounds) => map.getBoundsZoom(bounds) >= map.getMaxZoom();

  async function openReports(cluster, origin) {
    const popup = erqi.openCardPopup(map, cluster.latlng, h("p", { class: "erqi-quiet" }, t("many.reading")), origin);
    const at = erqi.moment();
    const ids = cluster.points.map((point) => point.id).filter((id) => id !== null);
    const features = ids.length ? await byId(ids.slice(0, LISTED), at) : await around(cluster, at);
    const rest = cluster.count > features.length ? h("p", { class: "erqi-quiet" }, t("reports.first", { n: features.length })) : null;
    const head = cluster.count > 1 ? h("p", { class: "erqi-quiet" }, t("reports.listed", { n: cluster.count })) : null;
    const content = h("div", { class: "erqi-report-list", tabindex: "-1" }, head, features.map((feature) => erqi.card("reports", feature)), rest);
    popup.setContent(content);
    content.focus({ preventScroll: true });
  }

  const items = erqi.config.basePath + "/ogc/collections/reports/items";
  const moment = (at) => (at === null ? {} : { datetime: at });

  async function byId(ids, at) {
    const answers = await Promise.allSettled(ids.map((id) => erqi.getJson(items + "/" + id + "?" + new URLSearchParams(moment(at)))));
    return answers.filter((answer) => answer.status === "fulfilled").map((answer) => answer.value);
  }

  async function around(cluster, at) {
    const pixel = map.latLngToContainerPoint(cluster.latlng);
    const [west, north] = [map.containerPointToLatLng(pixel.subtract([4, 4])), map.containerPointToLatLng(pixel.add([4, 4]))];
    const bbox = [west.lng, north.lat, north.lng, west.lat].join(",");
    const query = new URLSearchParams({ bbox, limit: LISTED, sortby: "-observed_at", ...moment(at), ...conditions(at) });
    return (await erqi.getJson(items + "?" + query)).features;
  }

  /* The panel's part: which time, how many of which kind, and where most of them are. What has the focus keeps it; where
     it is gone, what has come to its rank gets it. */
  function drawList() {
    const holder = document.getElementById("erqi-reports");
    if (!holder) return;
    const total = points.reduce((sum, point) => sum + point.count, 0);
    const chips = Object.entries(WINDOWS).map(([code, { label }]) => h("button", {
      type: "button", class: "erqi-chip" + (code === window_ ? "" : " erqi-chip--off"), "aria-pressed": String(code === window_), "data-window": code,
      onclick: () => setWindow(code),
    }, t(label)));
    const entries = () => [...holder.querySelectorAll(".erqi-entry")];
    const rank = entries().indexOf(document.activeElement);
    window.erqiLive.patchChildren(holder, [
      h("fieldset", { class: "erqi-filter erqi-filter--window" }, h("legend", {}, t("reports.window")), h("div", { class: "erqi-chips" }, chips)),
      h("p", { class: "erqi-summary", id: "erqi-report-count" }, total ? t("reports.in_view", { n: total.toLocaleString("en-US") }) : t("reports.none")),
      kindList(), densest()].filter(Boolean));
    if (rank >= 0 && !holder.contains(document.activeElement)) (entries()[rank] || holder.querySelector("button")).focus({ preventScroll: true });
  }

  function kindList() {
    const kinds = new Map();
    for (const [kind, count] of points.flatMap((point) => point.kinds)) kinds.set(kind, (kinds.get(kind) || 0) + count);
    const rows = [...kinds].sort((a, b) => b[1] - a[1]);
    return rows.length ? h("dl", { class: "erqi-facts erqi-kinds" }, rows.map(([kind, count]) => [
      h("dt", {}, erqi.label("report_kind", kind)), h("dd", { class: "erqi-number" }, count.toLocaleString("en-US"))])) : null;
  }

  /* What clusters and heat show, in words: the places with most reports, by the name of the nearest landmark. */
  function densest() {
    const most = erqi.clusters(points, map.getZoom(), BIN).sort((a, b) => b.count - a.count).slice(0, DENSEST);
    listed = new Map();
    for (const cluster of most) {
      const name = placeName(cluster.latlng);
      let [key, n] = [name, 1];
      while (listed.has(key)) key = name + " " + (n += 1);
      listed.set(key, { name, cluster });
    }
    return most.length ? h("section", {}, h("h2", { class: "erqi-group" }, h("span", {}, t("reports.dense"))),
      h("ul", { class: "erqi-entries" }, [...listed].map(([key, place]) => denseEntry(key, place)))) : null;
  }

  /* An entry is kept while its place is listed: what is chosen is the cluster of that moment. */
  function denseEntry(key, { name, cluster }) {
    const there = () => document.querySelector('#erqi-reports li[data-key="' + CSS.escape(key) + '"] button') || document.querySelector("#erqi-reports button");
    return h("li", { "data-key": key }, h("button", { type: "button", class: "erqi-entry", onclick: () => choose(listed.get(key).cluster, there) },
      h("span", { class: "erqi-entry__text" }, h("span", { class: "erqi-entry__name" }, name)),
      h("span", { class: "erqi-entry__figure erqi-number" }, cluster.count.toLocaleString("en-US"))));
  }

  function placeName(latlng) {
    const near = (erqi.features.get("landmarks") || []).filter(erqi.point).map((feature) => [feature, erqi.point(feature).distanceTo(latlng)])
      .sort((a, b) => a[1] - b[1])[0];
    return near && near[1] < 2000 ? t("reports.near", { name: erqi.name(near[0]) }) : latlng.lng.toFixed(3) + "° E " + latlng.lat.toFixed(3) + "° N";
  }

  function setWindow(code) {
    window_ = code;
    const query = new URLSearchParams(window.location.search);
    if (code === "7d") query.delete("window");
    else query.set("window", code);
    const text = query.toString().replaceAll("%2C", ",");
    window.history.replaceState(null, "", window.location.pathname + (text ? "?" + text : ""));
    erqi.keepParameters();
    drawList();
    read(false);
  }

  erqi.readReports = read;
  erqi.ownLayers.reports = function () {
    group = L.layerGroup();
    const own = group;
    own.on("add", (event) => { group = own; follow(event.target._map || own._map); read(false); });
    own.on("remove", () => { group = null; });
    return own;
  };

  /* Follow the map, the moment and what is written. */
  function follow(target) {
    if (map !== null) return;
    map = target;
    map.on("moveend", erqi.debounce(120, () => read(false)));
    let shown = erqi.moment();
    erqi.onLoad(() => {
      if (shown !== erqi.moment()) read(false);
      shown = erqi.moment();
      drawList(); // landmarks lend their names
    });
    erqi.readBy("reports", async (id, at, again) => {
      if (again && at === erqi.moment()) read(true);
      return erqi.momentMark(id, at);
    });
    erqi.load("reports");
  }
  erqi.followReports = follow;
})(window.erqi);
