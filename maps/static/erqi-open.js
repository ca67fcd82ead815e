/* The open card: opening a feature, where the focus goes and comes back to, and staying open while the map is redrawn. */
(function (erqi) {
  "use strict";

  let opened = null; // {key, popup}
  let returnTo = null; // gives the element that the focus goes back to when the card closes

  const keyOf = (collection, id) => collection + "/" + id;
  const cardOf = (popup) => popup.getElement().querySelector(".erqi-card");

  const FRAME = 48; // the padding of a popup and what stays free beside it
  const ABOVE = 64; // its tip, its padding and what stays free above it

  /* A card as large as the map lets it be. */
  function room() {
    const map = document.querySelector(".erqi-map");
    return { maxWidth: Math.min(380, map.clientWidth - FRAME), minWidth: Math.min(300, map.clientWidth - FRAME), maxHeight: Math.min(640, map.clientHeight - ABOVE) };
  }

  const popupOptions = () => ({
    ...room(), autoPanPaddingTopLeft: erqi.narrow() ? [8, 8] : [60, 12], autoPanPaddingBottomRight: erqi.narrow() ? [8, 8] : [60, 12], className: "erqi-popup",
  });

  /* A card's popup at a place that no layer of the map stands for. */
  erqi.cardPopup = (latlng, content) => L.popup(popupOptions()).setLatLng(latlng).setContent(content);

  /* Give a Leaflet layer its popup; the card is built when it opens, so it is never older than the data. */
  erqi.bindCard = function (layer, collection, feature) {
    layer.bindPopup(() => {
      // the map may have another size by now than when it was drawn
      Object.assign(popup.options, room());
      return erqi.card(collection, erqi.feature(collection, feature.id) || feature);
    }, popupOptions());
    const popup = layer.getPopup(); // which may have left the layer when it is drawn again
    const key = keyOf(collection, feature.id);
    layer.on("popupopen", (event) => { opened = { key, popup: event.popup }; });
    erqi.places.set(key, layer);
    return layer;
  };
  erqi.places = new Map(); // "collection/id" -> the Leaflet layer that opens its card

  /* Open a feature's card on the map, or in the list when it has no point; focus goes along and comes back. */
  erqi.open = function (map, collection, feature, origin) {
    const place = erqi.places.get(keyOf(collection, feature.id));
    if (!place || !feature.geometry) {
      if (origin) erqi.openInList(feature, origin);
      return;
    }
    erqi.closeSheet();
    const bounds = place.getBounds ? place.getBounds() : L.latLngBounds([place.getLatLng()]);
    if (map.getBoundsZoom(bounds) > map.getZoom() + 2 || !map.getBounds().contains(bounds)) {
      map.fitBounds(bounds.pad(0.6), { maxZoom: 15.5, animate: false });
    }
    place.openPopup(middle(place, feature)); // which closes another card first
    returnTo = () => (origin && origin.isConnected ? origin : elementOf(keyOf(collection, feature.id)));
    const popup = place.getPopup().getElement();
    if (popup) focusCard(popup.querySelector(".erqi-card"));
  };

  /* Open a popup that is of no layer; when it closes the focus goes to what ``origin`` gives then. */
  erqi.openCardPopup = function (map, latlng, content, origin) {
    const popup = erqi.cardPopup(latlng, content).openOn(map);
    returnTo = origin;
    return popup;
  };

  const middle = (place, feature) => (place.getBounds ? erqi.measured(erqi.lines(feature.geometry)[0], 0.5) : place.getLatLng());

  function focusCard(card) {
    card.setAttribute("tabindex", "-1");
    card.focus({ preventScroll: true });
  }

  erqi.keepFocus = function (map) {
    const body = document.body.classList;
    map.on("popupopen", (event) => {
      body.add("erqi-card-open");
      const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) close.setAttribute("aria-label", erqi.t("close"));
    });
    map.on("popupclose", (event) => {
      body.remove("erqi-card-open");
      if (opened && opened.popup === event.popup) opened = null;
      // who has gone on to something else stays there
      const element = event.popup.getElement();
      const lost = document.activeElement === document.body || (element && element.contains(document.activeElement));
      const target = lost && returnTo && returnTo();
      if (target) target.focus({ preventScroll: true });
      returnTo = null;
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
  };

  function elementOf(key) {
    const place = erqi.places.get(key);
    return place && place.getElement ? place.getElement() : null;
  }

  /* Keep the open card and the focus while layers are drawn anew; the function returned puts them in their places. */
  erqi.holdOpen = function (map) {
    const focused = [...erqi.places.keys()].find((key) => elementOf(key) === document.activeElement);
    const held = opened;
    const before = held && erqi.places.get(held.key);
    // a layer that goes takes its popup along, so the popup leaves the layer first
    if (before) before.unbindPopup();
    return () => {
      if (held) settle(map, held, before);
      const element = focused && elementOf(focused);
      if (element && element !== document.activeElement) element.focus({ preventScroll: true });
    };
  };

  function settle(map, { key, popup }, before) {
    const after = erqi.places.get(key);
    if (!after) {
      map.closePopup(popup);
      return;
    }
    after.bindPopup(popup);
    if (after === before) return;
    popup.options.autoPan = false; // the reader has put the map where it is
    if (after.getLatLng && !after.getLatLng().equals(popup.getLatLng())) popup.setLatLng(after.getLatLng());
    const [collection, id] = [key.slice(0, key.indexOf("/")), key.slice(key.indexOf("/") + 1)];
    const feature = (erqi.features.get(collection) || []).find((each) => String(each.id) === id);
    if (feature) renew(popup, erqi.card(collection, feature));
  }

  /* Replace the parts of a card that say something else; the others stay, and with them focus and scroll. */
  function renew(popup, fresh) {
    const card = cardOf(popup);
    const focusInside = card.contains(document.activeElement);
    const scroller = popup.getElement().querySelector(".leaflet-popup-content");
    const scrolled = scroller.scrollTop;
    window.erqiLive.patchParts(card, [...fresh.childNodes]);
    // as Leaflet does when it lays a popup out
    scroller.style.height = "";
    const tooHigh = scroller.offsetHeight > popup.options.maxHeight;
    scroller.classList.toggle("leaflet-popup-scrolled", tooHigh);
    if (tooHigh) scroller.style.height = popup.options.maxHeight + "px";
    scroller.scrollTop = scrolled;
    if (focusInside && !card.contains(document.activeElement)) focusCard(card);
  }
})(window.erqi);
