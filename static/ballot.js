/* The employee's page: one part at a time, a draft on this device, one request at the end.
   All words come from the page. Without this file the page is one long form that works. */
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const form = byId("ballot");
  const DRAFT = "headwind-draft:";
  const CODE = "headwind-code:";

  /* Storage may be switched off; then a draft lives as long as the page. */
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };

  const forgetAll = () => {
    for (const store of ["sessionStorage", "localStorage"]) {
      attempt(() => {
        Object.keys(window[store])
          .filter((key) => key.startsWith(DRAFT) || key.startsWith(CODE))
          .forEach((key) => window[store].removeItem(key));
      });
    }
  };

  const clear = byId("clear");
  if (clear) {
    forgetAll();
    clear.addEventListener("click", (event) => {
      event.preventDefault();
      location.replace(clear.href);
    });
  }
  if (!form) return;

  const put = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const show = (element, isShown) => {
    element.hidden = !isShown;
  };
  const assessment = form.dataset.assessment;
  const codeField = byId("code");
  const lookUp = byId("look-up");
  const group = byId("group");
  const problems = byId("problems");
  const keep = byId("keep");
  const steps = [...form.querySelectorAll("[data-parts]")];
  const partTitles = steps.map((step) => step.querySelector("h2").textContent);
  const starts = [...document.querySelectorAll("[data-start]")];
  let current = 0;

  /* ---- the code: from the fragment, which leaves the address bar at once */

  const fragment = attempt(() => decodeURIComponent(location.hash.slice(1))) || "";
  const isCode = /^[\w*~$=-]{17,30}$/.test(fragment);
  if (isCode) history.replaceState(history.state, "", location.pathname + location.search);

  const remembered = attempt(() => sessionStorage.getItem(CODE + assessment)) || "";
  if (isCode && remembered && remembered !== fragment) {
    attempt(() => sessionStorage.removeItem(DRAFT + assessment));
  }

  const useCode = (code) => {
    codeField.value = code;
    show(byId("code-last"), !code);
    show(lookUp, !code);
    attempt(() => sessionStorage.setItem(CODE + assessment, code));
  };

  /* ---- requests: without cookies, without a referrer, and never twice by themselves */

  const post = async (address, fields) => {
    const response = await fetch(address, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json" },
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(30000),
    });
    return response.json();
  };

  const trouble = (text) => {
    const box = byId("start-trouble");
    box.textContent = text;
    show(box, Boolean(text));
  };

  const findGroup = async (code) => {
    let found;
    try {
      found = await post(lookUp.action, { code });
    } catch {
      trouble(byId("start-trouble").dataset.offline);
      return;
    }
    if (found.problems) {
      useCode("");
      byId("code-first").value = code;
      trouble(found.problems[0].text);
      return;
    }
    trouble("");
    const strong = document.createElement("strong");
    strong.textContent = put(group.dataset.known, { n: found.invited });
    group.replaceChildren(strong, ` ${found.name}.`);
  };

  /* ---- the draft: in this tab; on this device only if somebody chooses so */

  const mark = (code) => {
    let hash = 0x811c9dc5;
    for (const letter of code.toUpperCase().replace(/[^0-9A-Z]/g, "")) {
      hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    }
    return hash.toString(36);
  };
  const keptName = () => `${DRAFT + assessment}:${mark(codeField.value)}`;

  const save = () => {
    const fields = [...new FormData(form)].filter(([name]) => name !== "code");
    const draft = JSON.stringify(fields);
    attempt(() => sessionStorage.setItem(DRAFT + assessment, draft));
    attempt(() =>
      keep.checked && codeField.value
        ? localStorage.setItem(keptName(), draft)
        : localStorage.removeItem(keptName()),
    );
  };

  const restore = () => {
    const kept = codeField.value && attempt(() => localStorage.getItem(keptName()));
    const draft = attempt(() => sessionStorage.getItem(DRAFT + assessment)) || kept;
    keep.checked = Boolean(kept);
    for (const [name, value] of attempt(() => JSON.parse(draft)) || []) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "textarea") field.value = value;
        else if (field.value === value) field.checked = true;
      }
    }
  };

  /* ---- own words: bytes, addresses and numbers are looked at here and nowhere else */

  const size = (text) =>
    new TextEncoder().encode(text.normalize("NFC").trim().replace(/\s+/g, " ")).length;
  const ADDRESS = /[^\s@“”"<>(),;]+@[^\s@“”"<>(),;]+\.\w+/g;
  const NUMBER = /\+?\d(?:[\s./:()-]{0,2}\d){2,}/g;

  const quote = (found) => [...new Set(found)].map((text) => `“${text}”`).join(", ");

  const look = (field) => {
    const room = byId(`l${field.id.slice(1)}`);
    const hint = byId(`h${field.id.slice(1)}`);
    const left = Number(field.dataset.most) - size(field.value);
    show(room, left < 300);
    room.classList.toggle("trouble", left < 0);
    room.textContent = put(left < 0 ? room.dataset.over : room.dataset.left, { n: Math.abs(left) });
    const addresses = field.value.match(ADDRESS) || [];
    const numbers = field.value.replace(ADDRESS, " ").match(NUMBER) || [];
    const words = [
      addresses.length && put(hint.dataset.address, { x: quote(addresses) }),
      numbers.length && put(hint.dataset.number, { x: quote(numbers) }),
    ].filter(Boolean);
    show(hint.parentElement, words.length > 0);
    hint.textContent = words.length ? [...words, hint.dataset.end].join(" ") : "";
    return left >= 0;
  };

  /* ---- three at most: a fourth tick is told, nothing is disabled */

  const pick = byId("top");
  const countTicks = () => {
    const count = pick.querySelectorAll(":checked").length;
    const status = form.querySelector(".pick-count");
    show(status, true);
    status.textContent = put(status.dataset.words, { n: count });
    const isRight = count <= Number(pick.dataset.most);
    show(byId("pick-trouble"), !isRight);
    return isRight;
  };

  /* ---- one part at a time */

  const line = byId("progress-line");
  const partsOf = (step) => Number(step.dataset.parts);
  const partCount = steps.reduce((sum, step) => sum + partsOf(step), 0);

  const drawProgress = () => {
    const step = steps[current - 1];
    const before = steps.slice(0, current - 1).reduce((sum, other) => sum + partsOf(other), 0);
    const later = steps.slice(current - 1);
    const left = later.reduce((sum, other) => sum + other.querySelectorAll(".likert").length, 0);
    const minutes = Math.round((left * Number(form.dataset.seconds)) / 60);
    const values = { a: before + 1, b: before + 2, n: partCount };
    const [where, time] = line.querySelector("span").children;
    where.textContent = put(partsOf(step) > 1 ? line.dataset.two : line.dataset.one, values);
    time.textContent =
      minutes > 1 ? put(line.dataset.many, { n: minutes }) : left ? "" : line.dataset.last;
    const bar = byId("progress");
    bar.value = before;
    bar.textContent = put(line.dataset.done, { a: before, n: partCount });
    document.title = `${where.textContent}: ${partTitles[current - 1]} · Headwind`;
  };

  const draw = () => {
    const isStart = current === 0;
    const isLast = current === steps.length;
    starts.forEach((element) => show(element, isStart));
    document.querySelector("h1").classList.toggle("vh", !isStart);
    show(form, !isStart);
    steps.forEach((step, index) => show(step, index === current - 1));
    show(line, !isStart);
    show(byId("back"), !isStart);
    show(byId("next"), !isStart && !isLast);
    show(byId("send"), isLast);
    show(byId("final-note"), isLast);
    show(form.querySelector(".step-later"), !isLast);
    if (isStart) document.title = `${form.dataset.title} · Headwind`;
    else drawProgress();
    if (!isStart && !isLast) {
      const next = byId("next");
      next.textContent = put(next.dataset.next, { title: partTitles[current] });
    }
  };

  const goTo = (step, { isNew = true } = {}) => {
    current = Math.min(Math.max(step, 0), steps.length);
    if (isNew) history.pushState({ step: current }, "");
    show(problems, false);
    draw();
    const heading = current ? steps[current - 1].querySelector("h2") : byId("main");
    heading.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  };

  /* ---- sending */

  const tell = (found) => {
    const list = problems.querySelector("ul");
    list.replaceChildren(
      ...found.map(({ field, text }) => {
        const item = document.createElement("li");
        const target = field && byId(field);
        if (!target) {
          item.textContent = text;
          return item;
        }
        const link = document.createElement("a");
        link.href = `#${field}`;
        link.textContent = text;
        link.addEventListener("click", (event) => {
          event.preventDefault();
          goTo(steps.findIndex((step) => step.contains(target)) + 1);
          (target.matches("input, textarea") ? target : target.querySelector("input")).focus();
        });
        item.append(link);
        return item;
      }),
    );
    show(problems, true);
    problems.focus();
  };

  const isReady = () => {
    const isPicked = countTicks();
    const long = [...form.querySelectorAll("textarea")].filter((field) => !look(field));
    if (!codeField.value.trim()) {
      show(byId("code-last"), true);
      codeField.focus();
      return false;
    }
    if (!isPicked) pick.querySelector(":checked").focus();
    else if (long.length) long[0].focus();
    return isPicked && !long.length;
  };

  let hasTried = false;
  const send = async () => {
    if (!isReady()) return;
    const button = byId("send");
    const words = button.textContent;
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.sending;
    try {
      const answer = await post(form.action, new FormData(form));
      if (answer.sent) {
        forgetAll();
        form.reset();
        location.replace(answer.sent);
        return;
      }
      const isUsed = answer.problems.some(({ field }) => field === "code");
      if (isUsed) show(byId("code-last"), true);
      const again = [{ field: "code", text: problems.dataset.again }];
      tell(isUsed && hasTried ? again : answer.problems);
    } catch {
      hasTried = true;
      tell([{ field: "", text: problems.dataset.failed }]);
    } finally {
      button.removeAttribute("aria-busy");
      button.textContent = words;
    }
  };

  /* ---- wiring */

  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (current === steps.length) send();
    else goTo(current + 1);
  });
  form.addEventListener("input", (event) => {
    if (event.target.type === "textarea") look(event.target);
    if (event.target.name === "top") countTicks();
    save();
  });
  keep.addEventListener("change", save);
  byId("next").addEventListener("click", () => goTo(current + 1));
  byId("back").addEventListener("click", () => {
    if (history.state?.step === current) history.back();
    else goTo(current - 1, { isNew: false });
  });
  byId("start").addEventListener("click", () => {
    if (codeField.value) {
      goTo(1);
      return;
    }
    trouble(byId("start-trouble").dataset.code);
    byId("code-first").focus();
  });
  lookUp.addEventListener("submit", (event) => {
    event.preventDefault();
    useCode(byId("code-first").value.trim());
    restore();
    findGroup(codeField.value);
  });
  window.addEventListener("online", () => codeField.value && findGroup(codeField.value));
  window.addEventListener("popstate", (event) => {
    goTo(event.state?.step || 0, { isNew: false });
  });

  show(keep.closest(".keep"), true);
  show(byId("start-row"), true);
  const hasProblems = !problems.hidden;
  useCode(isCode ? fragment : codeField.value || remembered);
  if (!hasProblems) restore();
  countTicks();
  form.querySelectorAll("textarea").forEach(look);
  if (codeField.value && !hasProblems) findGroup(codeField.value);
  current = hasProblems ? steps.length : Math.min(history.state?.step || 0, steps.length);
  if (current && !codeField.value && !hasProblems) current = 0;
  draw();
  if (hasProblems) problems.focus();
})();
