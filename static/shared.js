/* A code that is typed at /b/, and devices that many people share (?shared=1): nothing stays on
   the screen or in the browser, and the page goes back to the code by itself. */
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const PREFIX = "headwind-";
  const isShared = new URLSearchParams(location.search).get("shared") === "1";
  const typed = byId("typed");

  /* Storage may be switched off. */
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };

  const keys = (store) => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  const forget = () => {
    for (const name of ["sessionStorage", "localStorage"]) {
      attempt(() => keys(window[name]).forEach((key) => window[name].removeItem(key)));
    }
  };

  const kept = (address) => {
    const url = new URL(address, location.href);
    if (isShared && url.origin === location.origin) url.searchParams.set("shared", "1");
    return url;
  };

  /* ---- from a typed code to its survey: the code goes into this tab, never into an address */

  const remember = (assessment, code) => {
    const name = `${PREFIX}code:${assessment}`;
    if (sessionStorage.getItem(name) !== code) {
      keys(sessionStorage).forEach((key) => sessionStorage.removeItem(key));
    }
    sessionStorage.setItem(name, code);
  };

  const trouble = (text) => {
    const box = byId("typed-trouble");
    box.textContent = text;
    box.hidden = !text;
    if (text) byId("typed-code").focus();
  };

  const look = async (code) => {
    const response = await fetch(typed.action, {
      method: "POST",
      body: new URLSearchParams({ code }),
      headers: { Accept: "application/json" },
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(30000),
    });
    return response.json();
  };

  typed?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = byId("typed-code").value.trim();
    let found;
    try {
      found = await look(code);
    } catch {
      trouble(byId("typed-trouble").dataset.offline);
      return;
    }
    if (found.problems) {
      trouble(found.problems[0].text);
      return;
    }
    if (attempt(() => remember(found.assessment, code) ?? true)) {
      const address = kept(found.address);
      address.searchParams.set("lang", document.documentElement.lang);
      typed.reset();
      if (isShared) location.replace(address);
      else location.assign(address);
    } else {
      typed.submit();
    }
  });

  /* ---- a shared device */

  const bar = byId("shared");
  if (!isShared || !bar) return;

  const QUIET_SECONDS = byId("clear") ? 60 : 180;
  const WARNING_SECONDS = 30;
  const home = bar.dataset.home;
  let until = 0;
  let isDone = false;

  document.querySelectorAll("a[href]").forEach((link) => {
    if (new URL(link.href).pathname.startsWith("/b/")) link.href = kept(link.href);
  });
  document.querySelectorAll("form[action]").forEach((form) => {
    form.action = kept(form.action);
  });
  byId("keep")?.closest("p").remove();

  const empty = () => {
    forget();
    document.querySelectorAll("form").forEach((form) => form.reset());
  };

  /* A page that cannot be loaded would leave the browser's own error on the screen. */
  const leave = async () => {
    try {
      await fetch(home, { credentials: "omit", cache: "no-store" });
      location.replace(home);
    } catch {
      setTimeout(leave, 5000);
    }
  };

  const finish = () => {
    isDone = true;
    empty();
    byId("main").hidden = true;
    byId("shared-left").textContent = bar.dataset.done;
    byId("shared-clear").hidden = true;
    leave();
  };

  const draw = () => {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    byId("shared-left").textContent = bar.dataset.left.replace("{time}", time);
    const soon = left <= WARNING_SECONDS ? bar.dataset.soon : "";
    if (byId("shared-soon").textContent !== soon) byId("shared-soon").textContent = soon;
    return left;
  };

  const stir = () => {
    if (isDone) return;
    until = Date.now() + QUIET_SECONDS * 1000;
    draw();
  };

  const tick = () => {
    if (isDone) return;
    if (byId("send")?.getAttribute("aria-busy")) stir();
    else if (draw() === 0) finish();
  };

  if (typed) {
    /* The page with the field for a code: there is nothing to go back to, only something to empty. */
    forget();
    let clearing = 0;
    typed.addEventListener("input", () => {
      clearTimeout(clearing);
      clearing = setTimeout(() => typed.reset(), QUIET_SECONDS * 1000);
    });
    byId("typed-code").focus();
    return;
  }

  for (const kind of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) {
    document.addEventListener(kind, stir, { passive: true });
  }
  /* What the browser kept of a page that was left must not come back. */
  window.addEventListener("pageshow", (event) => event.persisted && finish());
  byId("shared-clear").addEventListener("click", finish);
  bar.hidden = false;
  stir();
  setInterval(tick, 1000);
})();
