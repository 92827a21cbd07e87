/* How the employee's pages end: the receipt after sending, and a survey that has closed. Also what
   all of these pages share. */
(() => {
  "use strict";

  if (!window.HeadwindCast) return;

  const { isShared, resume } = window.HeadwindCast;
  const DRAFT = "headwind-draft:";
  const CODE = "headwind-code:";
  const RECEIPT = "headwind-receipt";
  const byId = (id) => document.getElementById(id);
  const put = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  /* Storage may be switched off; then a draft lives as long as the page. */
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };

  const forget = (...beginnings) => {
    for (const store of ["sessionStorage", "localStorage"]) {
      attempt(() => {
        Object.keys(window[store])
          .filter((key) => beginnings.some((beginning) => key.startsWith(beginning)))
          .forEach((key) => window[store].removeItem(key));
      });
    }
  };
  const show = (element, isShown) => {
    element.hidden = !isShown;
  };

  /* ---- after sending: the receipt is shown once and kept nowhere */

  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };

  /* Browsers offer their clipboard only over HTTPS. */
  const copy = async () => {
    const button = byId("copy");
    try {
      await navigator.clipboard.writeText(byId("receipt").textContent);
    } catch {
      select(byId("receipt"));
      if (!attempt(() => document.execCommand("copy"))) return;
    }
    button.textContent = button.dataset.done;
  };

  const showEnd = (done) => {
    const clear = byId("clear");
    if (!clear) return;
    forget(DRAFT, CODE, RECEIPT);
    clear.addEventListener("click", (event) => {
      event.preventDefault();
      location.replace(clear.href);
    });
    if (done) byId("receipt").textContent = done.receipt;
    show(byId("receipt-part"), Boolean(byId("receipt").textContent));
    show(byId("receipt-row"), true);
    show(byId("late-words"), Boolean(done?.isLate));
    byId("copy").addEventListener("click", copy);
    byId("print").addEventListener("click", () => window.print());
  };
  showEnd(attempt(() => JSON.parse(sessionStorage.getItem(RECEIPT))));

  /* To the page after sending; where nothing may be kept, it comes into this one. */
  const leave = async (done) => {
    const address = new URL(done.sent, location.href);
    if (isShared) address.searchParams.set("shared", "1");
    forget(DRAFT, CODE);
    attempt(() => sessionStorage.setItem(RECEIPT, JSON.stringify(done)));
    if (attempt(() => sessionStorage.getItem(RECEIPT))) {
      location.replace(address);
      return;
    }
    const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    byId("main").replaceWith(next.getElementById("main"));
    showEnd(done);
    byId("main").focus();
  };

  /* ---- a survey that has closed: what was signed in time may still be counted */

  const ended = byId("ended");
  if (ended) {
    const addresses = { cast: ended.dataset.cast };
    resume({ assessment: ended.dataset.assessment, code: "", addresses })
      .then((done) => done && leave({ ...done, isLate: true }))
      .catch((error) => {
        const words = ended.dataset[error.kind] || error.problems[0].text;
        ended.textContent = put(words, { x: error.receipt });
        show(ended, true);
      });
  }

  window.HeadwindEnds = { DRAFT, CODE, attempt, byId, forget, leave, put, show };
})();
