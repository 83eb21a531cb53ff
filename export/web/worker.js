// Keeps the page's files, so that it opens without a network after the first visit.

importScripts('files.js'); // KEPT: the digest of all files, and their names

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(KEPT.digest).then((cache) => cache.addAll(['./', ...KEPT.files])).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const others = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT.digest).map((name) => caches.delete(name))));
  event.waitUntil(others.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
});
