/* Collections of many features: drawn from tiles, listed as far as they are in view and worst first, filtered by the
   server; what a card says is read when it opens. */
(function (erqi) {
  "use strict";

  const LISTED = 100; // entries of the list
  const GLOWING = 200; // lines of a comparison that glow
  const PATCHED = 100; // changed lines that are drawn over the tiles
  const MARGIN = 15e3; // ms by which clocks may differ, and that a write takes at most: a statement may take ten seconds
  const WHOLE_AGAIN = 600e3; // ms after which tiles are read anew whatever has changed
  const WAIT = 250; // ms that the map has to stand still before the list is read
  const PROPERTIES = "name_zh,name_en,road_id,road_zh,road_en,chainage,from_m,to_m,state,state_zh,state_en,colour,"
    + "actual_percent,lag_points,position_status,position_accuracy_m,demonstration";
  const started = Date.now();
  const many = new Set(erqi.config.many);
  const layers = []; // of tiles, now on the map
  const counts = new Map(); // collection -> {inView, all}
  let map = null;
  let glowing = { address: "", lines: null };
  let opened = null; // {collection, id, popup, line, origin}
  let readAt = serverTime(); // when the tiles were read, at the earliest
  let news = []; // lines that were written since

  /* The time of the server's clock, which says when a row was changed; the page of now says when it was made. */
  function serverTime() {
    return (erqi.config.live ? Date.parse(erqi.config.moment) : started) + Date.now() - started;
  }

  /* What is chosen of the segments, as a text that is empty where nothing is. */
  const filters = () => new URLSearchParams(erqi.conditions("segment_progress")).toString();

  erqi.isMany = (collection) => many.has(collection);
  erqi.ownLayers = {}; // drawer -> function that makes a layer which reads for itself, or gives null

  erqi.ownLayers.segments = (options) => (erqi.isMany(options.collections[0]) ? manySegments() : null);
  erqi.ownLayers.roads = (options) => (erqi.isMany(options.collections[0]) ? manyRoads() : null);

  function manySegments() {
    const chosen = (found, latlng) => (found.id === null ? openNear(latlng) : openById("segment_progress", found.id, latlng, null));
    const layer = erqi.manyLines("segment_progress", { pane: "erqi-lines", interactive: true, chosen });
    readers();
    return tracked(layer);
  }

  /* Below segments a road shows only where none of it is being worked on: not worth its bytes from far away. */
  function manyRoads() {
    const below = erqi.config.sections.some((section) => erqi.isMany(section.collection));
    if (!many.has("segment_progress") || !below) readers();
    return tracked(erqi.manyLines("roads", { pane: "erqi-base", from: below ? 14 : 0 }));
  }

  function tracked(layer) {
    layer.on("add", (event) => { map = event.target._map; layers.push(layer); });
    layer.on("load", () => { document.documentElement.dataset.erqiDrawn = "yes"; }); // all that is in view
    layer.on("remove", () => layers.splice(layers.indexOf(layer), 1));
    return layer;
  }

  let reading = false;
  let drawnFor = erqi.moment();
  function readers() {
    if (reading) return;
    reading = true;
    many.forEach((id) => erqi.readBy(id, id === "segment_progress" ? inView : noList));
    erqi.onLoad(() => {
      if (drawnFor === erqi.moment()) return;
      drawnFor = erqi.moment();
      update();
      drawNews();
      renewCard();
      readCounts();
    });
  }

  async function noList(id, at, again) {
    if (again && at === erqi.moment()) {
      erqi.tilesAreOld(id);
      layersOf(id).forEach((layer) => layer.update());
    }
    return erqi.momentMark(id, at);
  }

  /* Where others have their features a layer of tiles has one that says as of when it is, by which its change is seen. */
  erqi.momentMark = (id, at) => [{ type: "Feature", id: "moment", collection: id, geometry: null, properties: { at } }];

  const layersOf = (id) => layers.filter((layer) => layer.collection === id);

  /* What has been written since is drawn over the tiles, for a tile of thousands of lines is much to send for one. Too many
     changes, a chosen filter (a line may have left it) or another day, and the tiles are read anew. */
  async function refreshLines() {
    const since = new Date(readAt - MARGIN).toISOString();
    const now = serverTime();
    const old = now - readAt > WHOLE_AGAIN || erqi.date(new Date(now).toISOString()) !== erqi.date(since);
    if (old || filters() !== "" || !layersOf("segment_progress").length) return renew();
    const query = new URLSearchParams({
      bbox: map.getBounds().toBBoxString(), properties: "colour", limit: PATCHED + 1, counts: "none", filter: "changed_at >= TIMESTAMP('" + since + "')",
    });
    const changed = (await erqi.getJson(items("segment_progress") + "?" + query)).features;
    if (changed.length > PATCHED) return renew();
    news = changed;
    return drawNews();
  }

  /* Tiles follow the moment and the filters … */
  const update = () => Promise.all(layers.map((layer) => layer.update()));

  /* … and, when they are renewed, what was written. */
  function renew() {
    readAt = serverTime();
    news = [];
    erqi.tilesAreOld("segment_progress");
    drawNews();
    return update();
  }

  /* A past moment has no news. */
  const drawNews = () => { if (map) erqi.patchLines(map, erqi.moment() === null ? news : []); };

  /* The features in view, furthest behind first; how many there are is told beside the list. */
  async function inView(id, at, again) {
    if (map === null) return [];
    if (again && at === erqi.moment()) Promise.all([refreshLines(), readCounts()]).then(renewCard, (error) => erqi.banner(error.message));
    const query = new URLSearchParams({
      bbox: map.getBounds().pad(0).toBBoxString(), limit: LISTED, properties: PROPERTIES, sortby: "-lag_points", counts: "exact",
      ...erqi.conditions(id), ...(at === null ? {} : { datetime: at }),
    });
    const [page, all] = await Promise.all([erqi.getJson(items(id) + "?" + query), total(id, at)]);
    counts.set(id, { inView: page.numberMatched, all });
    return page.features.map((feature) => ({ ...feature, collection: id }));
  }

  /* How many there are in all; segments are counted in their own table, which no rule has to be asked for. */
  async function total(id, at) {
    const query = new URLSearchParams({ limit: 1, skipGeometry: "true", properties: "road_id", counts: "exact", ...(at === null ? {} : { datetime: at }) });
    return (await erqi.getJson(items("segments") + "?" + query)).numberMatched;
  }

  /* How many segments each choice of a filter has, by the server; where that is not known chips bear no number. */
  let choices = {};
  erqi.manyCounts = (param) => choices[param] || {};

  async function readCounts() {
    if (!many.has("segment_progress")) return;
    const at = erqi.moment();
    const address = erqi.config.basePath + "/api/v1/progress/choices" + (at === null ? "" : "?datetime=" + encodeURIComponent(at));
    const found = await erqi.getJson(address).catch(() => ({ counts: {} }));
    if (at !== erqi.moment()) return;
    choices = found.counts;
    erqi.drawFilters();
  }

  const items = (id) => erqi.config.basePath + "/ogc/collections/" + id + "/items";

  /* What the summary says of a collection of which only a part is listed; undefined for the others. */
  erqi.manySummary = function (id) {
    if (!erqi.isMany(id)) return undefined;
    const count = counts.get(id);
    return count ? erqi.t("many.summary", { n: number(count.inView), all: number(count.all), shown: number(erqi.shown(id).length) })
      : erqi.t("many.loading");
  };
  const number = (value) => Number(value).toLocaleString("en-US");

  /* Follow the map and the filters; ``target`` is the Leaflet map. */
  erqi.startMany = function (target) {
    if (!reading) return;
    map = target;
    const list = erqi.debounce(WAIT, () => {
      erqi.forget("segment_progress");
      erqi.loadAll(["segment_progress"]);
    });
    if (many.has("segment_progress") && layersOf("segment_progress").length) map.on("moveend", list);
    readCounts();
    let before = filters();
    erqi.onFilter(() => {
      if (before === filters()) return;
      before = filters();
      if (news.length) renew(); // a line that is drawn over the tiles may not pass
      else update();
      list();
    });
  };

  /* A crowd has no ids: ask which feature it is that lies here. */
  async function openNear(latlng) {
    const reach = map.containerPointToLatLng(map.latLngToContainerPoint(latlng).add([8, -8]));
    const [dx, dy] = [reach.lng - latlng.lng, reach.lat - latlng.lat];
    const at = erqi.moment();
    const query = new URLSearchParams({
      bbox: [latlng.lng - dx, latlng.lat - dy, latlng.lng + dx, latlng.lat + dy].join(","), limit: 1, sortby: "-lag_points",
      properties: "colour", skipGeometry: "true", ...erqi.conditions("segment_progress"), ...(at === null ? {} : { datetime: at }),
    });
    const found = await erqi.getJson(items("segment_progress") + "?" + query).catch((error) => { erqi.banner(error.message); return null; });
    if (found && found.features.length) openById("segment_progress", found.features[0].id, latlng, null);
  }

  const openKnown = erqi.open;
  erqi.open = function (target, collection, feature, origin) {
    if (!erqi.isMany(collection)) return openKnown(target, collection, feature, origin);
    const line = erqi.lines(feature.geometry);
    const bounds = L.latLngBounds(line.flat());
    if (target.getBoundsZoom(bounds) > target.getZoom() + 3 || !target.getBounds().contains(bounds)) {
      target.fitBounds(bounds.pad(0.6), { maxZoom: 15.5, animate: false });
    }
    erqi.closeSheet();
    return openById(collection, feature.id, erqi.measured(line[0], 0.5), origin);
  };

  /* Open a feature that may not be in the list; nothing happens where it is not there at the moment shown. */
  erqi.openMany = async function (target, collection, id) {
    target.closePopup();
    const feature = await erqi.getJson(addressOf(collection, id)).catch(() => null);
    if (feature && feature.geometry) erqi.open(target, collection, feature, null);
  };

  function addressOf(collection, id) {
    const at = erqi.moment();
    return items(collection) + "/" + encodeURIComponent(id) + (at === null ? "" : "?datetime=" + encodeURIComponent(at));
  }

  /* Promise of some segments with their lines, ``GLOWING`` at most; asked for once while they and the moment stay. */
  erqi.manyLinesOf = function (ids) {
    const at = erqi.moment();
    const listed = ids.slice(0, GLOWING).map((id) => "'" + String(id).replaceAll("'", "''") + "'");
    const query = new URLSearchParams({
      filter: "id IN (" + listed.join(",") + ")", properties: "road_id", limit: GLOWING, ...(at === null ? {} : { datetime: at }),
    });
    const address = items("segments") + "?" + query;
    if (address !== glowing.address) glowing = { address, lines: erqi.getJson(address).then((answer) => answer.features) };
    return glowing.lines;
  };

  async function openById(collection, id, latlng, origin) {
    const popup = erqi.cardPopup(latlng, erqi.h("p", { class: "erqi-quiet" }, erqi.t("many.reading")));
    popup.openOn(map);
    const mine = { collection, id, popup, line: null };
    opened = mine;
    popup.on("remove", () => {
      if (mine.line) mine.line.remove();
      if (opened === mine) opened = null;
      if (origin && origin.isConnected) origin.focus({ preventScroll: true });
    });
    await fill(mine, true);
  }

  async function fill(card, focus) {
    const feature = await erqi.getJson(addressOf(card.collection, card.id)).catch((error) => { erqi.banner(error.message); return null; });
    if (!feature || opened !== card) return;
    if (card.line) card.line.remove();
    card.line = L.polyline(erqi.lines(feature.geometry), {
      pane: "erqi-found", interactive: false, color: erqi.theme.palette.focus, weight: 14, opacity: 0.35,
    }).addTo(map);
    const content = erqi.card(card.collection, { ...feature, collection: card.collection });
    content.setAttribute("tabindex", "-1");
    card.popup.setContent(content);
    if (focus) content.focus({ preventScroll: true });
  }

  /* The open card says what the data now say. */
  function renewCard() {
    if (opened && opened.line) fill(opened, false);
  }
})(window.erqi);
