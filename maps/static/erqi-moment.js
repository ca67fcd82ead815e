/* The moment that the page shows: in its heading, in the address, and kept up to date while that is now. */
(function (erqi) {
  "use strict";

  const { t } = erqi;
  const listeners = [];
  let keeper = null;
  let tell = null;

  /* Hear of another moment, with null for now. */
  erqi.onMoment = (listener) => listeners.push(listener);

  const sameInstant = (a, b) => (a === null || b === null ? a === b : Date.parse(a) === Date.parse(b));
  erqi.sameInstant = sameInstant;
  erqi.isOpening = () => sameInstant(erqi.moment(), erqi.config.opening);

  /* Show the page as of another moment (null: now); raises what the service says when it cannot. */
  erqi.goTo = async function (moment) {
    if (await erqi.show(moment)) arrived();
  };

  function arrived() {
    heading();
    keepAddress();
    listeners.forEach((listener) => listener(erqi.moment()));
  }

  function heading() {
    const moment = erqi.moment();
    if (moment === null) {
      keeper.start();
      return;
    }
    keeper.stop();
    const time = document.querySelector(".erqi-as-of time");
    time.dateTime = moment;
    time.textContent = erqi.time(moment);
    tell({ heard: null, minutes: 0, trouble: null });
  }

  /* Why there is no age to tell, or how old the data are. */
  function words(trouble, minutes) {
    const moment = erqi.moment();
    if (moment !== null) {
      const demonstration = document.querySelector(".erqi-badge") !== null && erqi.isOpening();
      return t(Date.parse(moment) > Date.now() ? "live.future" : demonstration ? "live.fixed" : "live.past");
    }
    const age = { n: minutes };
    if (trouble) return t({ offline: "live.offline", unreachable: "live.unreachable", old: "live.old" }[trouble], age);
    return minutes ? t("live.minutes", age) : t("live.now");
  }

  /* The address follows, so that a copied link shows the same; the opening moment needs no word. */
  const keepAddress = erqi.debounce(200, () => {
    const query = new URLSearchParams(window.location.search);
    if (erqi.isOpening()) query.delete("datetime");
    else query.set("datetime", erqi.moment());
    erqi.setQuery(query);
    erqi.keepParameters();
  });

  erqi.setQuery = function (query) {
    const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
    window.history.replaceState(null, "", window.location.pathname + (text ? "?" + text : ""));
  };

  erqi.startMoment = function () {
    const element = document.getElementById("erqi-live");
    if (erqi.closed) return;
    tell = window.erqiLive.shown(element, document.querySelector(".erqi-as-of time"), words);
    keeper = window.erqiLive.keep({ seconds: erqi.config.refreshSeconds, ask: erqi.refresh, tell });
    heading();
  };
})(window.erqi);
