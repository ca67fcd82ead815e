/* Vector tiles: asked for by address, checked by the browser against their tags, decoded once, kept while they are of use. */
(function (erqi) {
  "use strict";

  const KEPT = 240; // decoded tiles in memory
  const kept = new Map(); // address -> {tag, features}, the last used last
  let modules = null;

  erqi.TILE_SIDE = 1024; // pixels of a tile on the map: four units each, few requests, and crowds are put together soon
  erqi.UNITS = 4096; // of a tile's side

  /* The decoder comes when the first tile does; a page of few features never needs it. */
  function decoder() {
    modules = modules || Promise.all(erqi.config.tileModules.map((address) => import(address)));
    return modules;
  }

  /* What a request says beside the place: the moment, the properties that are drawn, the filter. */
  erqi.tileQuery = function (at, properties, filter) {
    const query = new URLSearchParams({ properties });
    if (at !== null) query.set("datetime", at);
    if (filter) query.set("filter", filter);
    return query.toString();
  };

  /* Promise of one tile of a collection: ``{tag, features}``, each feature ``{type, properties, parts}`` with points in
     units of the tile. Only ``again`` asks anew, and then the same object comes back where nothing has changed. */
  erqi.tile = async function (collection, place, query, again) {
    const path = [place.z, place.y, place.x].join("/");
    const address = erqi.config.basePath + "/ogc/collections/" + collection + "/tiles/WebMercatorQuad/" + path + "?" + query;
    const before = kept.get(address);
    if (before && !again) return keep(address, before);
    const response = await fetch(address, { headers: { Accept: "application/vnd.mapbox-vector-tile" } });
    if (!response.ok) throw await problemOf(response);
    const tag = response.headers.get("ETag");
    if (before && before.tag === tag) return keep(address, before);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return keep(address, { tag, features: bytes.length ? await decoded(bytes, collection) : [] });
  };

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

  /* The chosen filters of a collection as a condition in CQL2; empty where nothing is chosen. Those that look inside a list
     are none that CQL2 can say. */
  erqi.filterText = function (collection) {
    const quoted = (code) => "'" + code.replaceAll("'", "''") + "'";
    return erqi.config.filters.filter((filter) => filter.collections.includes(collection) && filter.property && !filter.inside)
      .map((filter) => [filter.property, erqi.chosen(filter.param)]).filter(([, codes]) => codes.length)
      .map(([property, codes]) => property + " IN (" + codes.map(quoted).join(",") + ")").join(" AND ");
  };

  /* One line for all that could not be read; a click tries again. */
  erqi.tilesFailed = (key, retry) => erqi.banner(erqi.t(key), retry);
})(window.erqi);
