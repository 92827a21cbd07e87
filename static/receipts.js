/* Looks a receipt up in the published list, here in the browser: what is typed is never sent. */
(() => {
  "use strict";

  const form = document.getElementById("check");
  const typed = document.getElementById("typed");
  const found = document.getElementById("found");
  const blind = window.HeadwindBlind;
  if (!form || !blind) return;

  const say = (word) => {
    found.textContent = found.dataset[word];
    found.classList.toggle("trouble", word !== "yes");
  };

  let list = null;
  const load = async () => {
    const response = await fetch(form.dataset.list, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    if (!response.ok) throw new Error("no list");
    return response.text();
  };

  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!blind.readReceipt(typed.value)) {
      say("wrong");
      return;
    }
    try {
      list ??= await load();
    } catch {
      say("failed");
      return;
    }
    const isThere = await blind.isCounted(form.dataset.assessment, typed.value, list);
    say(isThere ? "yes" : "no");
  });
})();
