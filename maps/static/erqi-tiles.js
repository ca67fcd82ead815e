/* Vector tiles: asked for by address, checked by the browser against their tags, decoded once, kept while they are of use. */
(function (erqi) {
  "use strict";

  const KEPT = 240; // decoded tiles in memory
  const kept = new Map(); // address -> {tag, features, read}, the last used last
  const readings = new Map(); // collection -> how often its tiles were called old
  let modules = null;

  erqi.TILE_SIDE = 1024; // pixels of a tile on the map: four units each, few requests, and crowds are put together soon
  erqi.UNITS = 4096; // of a tile's side

  /* The decoder comes when the first tile does; a page of few features never needs it. */
  function decoder() {
    modules = modules || Promise.all(erqi.config.tileModules.map((address) => import(address)));
    return modules;
  }

  /* What a request says beside the place: the moment, the properties that are drawn, the conditions by their parameters. */
  erqi.tileQuery = function (at, properties, conditions) {
    return new URLSearchParams({ properties, ...(at === null ? {} : { datetime: at }), ...conditions }).toString();
  };

  /* Promise of one tile of a collection: ``{tag, features}``, each feature ``{type, properties, parts}`` with points in
     units of the tile. Asked ``again``, or for the first time since all were called old, it asks anew, by its tag; then the
     same object comes back where nothing has changed. */
  erqi.tile = async function (collection, place, query, again) {
    const path = [place.z, place.y, place.x].join("/");
    const address = erqi.config.basePath + "/ogc/collections/" + collection + "/tiles/WebMercatorQuad/" + path + "?" + query;
    const before = kept.get(address);
    const read = readings.get(collection) || 0;
    const old = again || (before && before.read < read && !query.includes("datetime="));
    if (before && !old) return keep(address, before);
    const response = await fetch(address, { headers: { Accept: "application/vnd.mapbox-vector-tile" } });
    if (!response.ok) throw await problemOf(response);
    const tag = response.headers.get("ETag");
    if (before && before.tag === tag) return keep(address, Object.assign(before, { read }));
    const bytes = new Uint8Array(await response.arrayBuffer());
    return keep(address, { tag, features: bytes.length ? await decoded(bytes, collection) : [], read });
  };

  /* Call a collection's tiles of now old, also those out of view: each is asked for anew before it is shown again. */
  erqi.tilesAreOld = (collection) => readings.set(collection, (readings.get(collection) || 0) + 1);

  function keep(address, tile) {
    kept.delete(address);
    kept.set(address, tile);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return tile;
  }

  async function problemOf(response) {
    const problem = await response.json().catch(() => ({}));
    return new Error(erqi.pick(problem, "detail") || "HTTP " + response.status);
  }

  async function decoded(bytes, name) {
    const [{ VectorTile }, { PbfReader }] = await decoder();
    const layer = new VectorTile(new PbfReader(bytes)).layers[name];
    if (!layer) return [];
    return Array.from({ length: layer.length }, (_, index) => {
      const feature = layer.feature(index);
      return { type: feature.type, properties: feature.properties, parts: feature.loadGeometry() };
    });
  }

  /* The zoom of the tiles that a map at this zoom shows, and those of them that touch the view. */
  erqi.tileZoom = (zoom) => Math.max(0, Math.min(22, Math.round(zoom) - 2));

  erqi.tilesIn = function (bounds, zoom) {
    const [top, left] = placeOf(bounds.getNorthWest(), zoom);
    const [bottom, right] = placeOf(bounds.getSouthEast(), zoom);
    const places = [];
    for (let y = top; y <= bottom; y += 1) for (let x = left; x <= right; x += 1) places.push({ z: zoom, x, y });
    return places;
  };

  function placeOf(latlng, zoom) {
    const count = 2 ** zoom;
    const point = L.CRS.EPSG3857.latLngToPoint(latlng, zoom).divideBy(256);
    return [point.y, point.x].map((value) => Math.max(0, Math.min(count - 1, Math.floor(value))));
  }

  /* Position of a point that is given in units of a tile. */
  erqi.tileLatLng = (place, x, y) => L.CRS.EPSG3857.pointToLatLng(
    L.point(place.x + x / erqi.UNITS, place.y + y / erqi.UNITS).multiplyBy(256), place.z);

  /* The chosen filters of a collection as parameters of a request; none where nothing is chosen. What is asked of its own
     properties is a condition in CQL2; the filters that look inside a list are parameters of their own. */
  erqi.conditions = function (collection) {
    const quoted = (code) => "'" + code.replaceAll("'", "''") + "'";
    const atWork = erqi.config.filters.map((filter) => ({ filter, codes: erqi.chosen(filter.param) }))
      .filter(({ filter, codes }) => codes.length && filter.collections.includes(collection));
    const own = atWork.filter(({ filter }) => filter.property && !filter.inside)
      .map(({ filter, codes }) => filter.property + " IN (" + codes.map(quoted).join(",") + ")");
    const inside = atWork.filter(({ filter }) => filter.inside).map(({ filter, codes }) => [filter.param, codes.join(",")]);
    return { ...(own.length ? { filter: own.join(" AND ") } : {}), ...Object.fromEntries(inside) };
  };

  /* One line for all that could not be read; a click tries again. */
  erqi.tilesFailed = (key, retry) => erqi.banner(erqi.t(key), retry);
})(window.erqi);
