/* The phone's position as it changes, with how good it is in one honest word. */

export const GOOD_M = 15;
export const FAIR_M = 50;
export const OLD_MS = 120_000;

const listeners = new Set();
let watch = null;
export const gps = { fix: null, failure: null };

/* Follow the position as long as somebody listens; answers how to stop. */
export function follow(listener) {
  listeners.add(listener);
  const clock = setInterval(listener, 1000); // a fix gets old by itself
  if (watch === null) start();
  listener();
  return () => {
    clearInterval(clock);
    listeners.delete(listener);
    if (listeners.size || watch === null) return;
    navigator.geolocation.clearWatch(watch);
    watch = null;
  };
}

function start() {
  if (!navigator.geolocation || !self.isSecureContext) {
    gps.failure = "unsupported";
    return;
  }
  watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      gps.failure = null;
      gps.fix = {
        lon: coords.longitude,
        lat: coords.latitude,
        accuracy_m: Math.max(0.1, Math.round(coords.accuracy * 10) / 10),
        heading_deg: Number.isFinite(coords.heading) ? Math.round(coords.heading) : null,
        at: timestamp,
      };
      listeners.forEach((tell) => tell());
    },
    (error) => {
      gps.failure = error.code === error.PERMISSION_DENIED ? "denied" : "none";
      listeners.forEach((tell) => tell());
    },
    { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 },
  );
}

/* good, fair, poor or old: the last for a fix that was two minutes old at a moment. */
export function quality(fix, moment = Date.now()) {
  if (moment - fix.at > OLD_MS) return "old";
  if (fix.accuracy_m <= GOOD_M) return "good";
  return fix.accuracy_m <= FAIR_M ? "fair" : "poor";
}
