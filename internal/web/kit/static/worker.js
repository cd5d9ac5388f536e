// The service worker: it shows what a push service brings, and opens the page of it. It keeps nothing and
// answers no request of a page.
self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  let says = {};
  try {
    says = event.data.json();
  } catch {
    // A message must be shown, whatever is in it, or the browser ends the subscription.
  }
  event.waitUntil(
    self.registration.showNotification(says.title || self.location.host, {
      body: says.body ?? "",
      lang: says.lang ?? "",
      tag: says.tag ?? "",
      renotify: Boolean(says.tag),
      icon: "/icon.png",
      data: { path: says.path },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.path ?? "/", self.location.origin);
  if (url.origin === self.location.origin) event.waitUntil(self.clients.openWindow(url.href));
});
