// Bring in the present state without moving whoever reads: the place scrolled to stays, and what has the focus waits.
setInterval(async () => {
  if (document.activeElement !== document.body || document.hidden) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return void (document.title = "Not answering: Freshpress");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = fresh.title;
  for (const part of ["#state", "main"]) document.querySelector(part).replaceWith(fresh.querySelector(part));
}, 1000 * Number(document.body.dataset.refreshSeconds));
