/* The employee's page: one part at a time, a draft on this device, sending at the end (cast.js).
   All words come from the page. Without this file the page is one long form that works. */
(() => {
  "use strict";

  const form = document.getElementById("ballot");
  if (!form || !window.HeadwindCast || !window.HeadwindEnds) return;

  const { PENDING, ask, isPossible, isShared, mark, pending, post, resume, send } = window.HeadwindCast;
  const { DRAFT, CODE, attempt, byId, forget, leave, put, show } = window.HeadwindEnds;

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
  const looksLikeCode = (text) => /^[\w*~$=-]{17,30}$/.test(text);
  const isCode = looksLikeCode(fragment);
  if (isCode) history.replaceState(history.state, "", location.pathname + location.search);

  const remembered = attempt(() => sessionStorage.getItem(CODE + assessment)) || "";
  const forgetOther = (code) => {
    if (!remembered || mark(remembered) === mark(code)) return false;
    attempt(() => sessionStorage.removeItem(DRAFT + assessment));
    return true;
  };
  if (isCode) forgetOther(fragment);
  /* Another link in the same tab changes only what follows the #. */
  window.addEventListener("hashchange", () => {
    if (looksLikeCode(attempt(() => decodeURIComponent(location.hash.slice(1))) || "")) {
      location.reload();
    }
  });

  const useCode = (code) => {
    codeField.value = code;
    show(byId("code-last"), !code);
    show(lookUp, !code);
    show(byId("not-you"), Boolean(code));
    attempt(() => sessionStorage.setItem(CODE + assessment, code));
  };

  const trouble = (text) => {
    const box = byId("start-trouble");
    box.textContent = text;
    show(box, Boolean(text));
  };

  let known = null;
  const findGroup = async (code) => {
    let found;
    known = null;
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
    if (found.modulus) known = { ...found, code };
    trouble("");
    const strong = document.createElement("strong");
    strong.textContent = put(group.dataset.known, { n: found.invited });
    group.replaceChildren(strong, ` ${found.name}.`);
  };

  /* ---- the draft: in this tab; on this device only if somebody chooses so */

  const keptName = () => `${DRAFT + assessment}:${mark(codeField.value)}`;

  const filled = () =>
    [...new FormData(form)].filter(([name, value]) => name !== "code" && value !== "");

  const save = () => {
    const draft = JSON.stringify(filled());
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
    const tried = codeField.value && pending(assessment, codeField.value);
    for (const [name, value] of tried?.fields || attempt(() => JSON.parse(draft)) || []) {
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

  /* ---- three at most: a fourth tick is told, nothing is disabled; a re-pulse has no such part */

  const pick = byId("top");
  const countTicks = () => {
    if (!pick) return true;
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
    if (!isBlind && !byPlainPath.checked) {
      byPlainPath.focus();
      return false;
    }
    if (!isPicked) pick.querySelector(":checked").focus();
    else if (long.length) long[0].focus();
    return isPicked && !long.length;
  };

  /* Beside the page's own address, with its language. */
  const beside = (name) => {
    const address = new URL(form.action);
    address.pathname += name;
    return address.href;
  };
  const addresses = { group: lookUp.action, sign: beside("sign/"), cast: beside("cast/") };
  const isBlind = isPossible && Boolean(form.dataset.root);
  const byPlainPath = byId("by-plain-path");
  const warnUnkept = (isKept) => show(byId("held"), !isKept);

  const sendBlind = () =>
    send({
      assessment,
      addresses,
      known: known?.code === codeField.value ? known : null,
      code: codeField.value,
      fields: filled(),
      root: form.dataset.root,
      size: Number(form.dataset.groups),
      onPending: warnUnkept,
    });

  const sendPlain = () => ask(form.action, new FormData(form), "unsure");

  /* What happened, in the page's words or the server's. */
  let hasTried = false;
  const explain = ({ kind, problems: found = [], receipt }) => {
    const words = problems.dataset;
    if (kind === "used") {
      show(byId("code-last"), true);
      tell(hasTried ? [{ field: "code", text: words.again }] : found);
    } else if (found.length) {
      tell(found);
    } else {
      tell([{ field: "", text: put(words[kind] || words.offline, { x: receipt }) }]);
    }
    hasTried ||= ["offline", "unsure"].includes(kind);
  };

  const sendAll = async () => {
    if (!isReady()) return;
    const button = byId("send");
    const words = button.textContent;
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.sending;
    try {
      const done = await (isBlind ? sendBlind() : sendPlain());
      form.reset();
      await leave(done);
    } catch (error) {
      explain(error);
    } finally {
      button.removeAttribute("aria-busy");
      button.textContent = words;
    }
  };

  /* ---- an earlier visit ended between the two requests, or before the first was answered */

  const goOn = async () => {
    const tried = codeField.value && pending(assessment, codeField.value);
    if (tried && !tried.signature) {
      goTo(steps.length, { isNew: false });
      hasTried = true;
      tell([{ field: "", text: problems.dataset.interrupted }]);
      return;
    }
    try {
      const done = await resume({ assessment, code: codeField.value, addresses });
      if (done) await leave({ ...done, isLate: true });
    } catch (error) {
      goTo(steps.length, { isNew: false });
      explain(error);
    }
  };

  /* ---- wiring */

  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (current === steps.length) sendAll();
    else goTo(current + 1);
  });
  form.addEventListener("input", (event) => {
    if (event.target.type === "textarea") look(event.target);
    if (event.target.name === "top") countTicks();
    save();
  });
  keep.addEventListener("change", save);
  byId("not-you").addEventListener("click", (event) => {
    event.preventDefault();
    forget(DRAFT, CODE, PENDING);
    form.reset();
    location.replace(location.pathname + location.search);
  });
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
    const code = byId("code-first").value.trim();
    if (forgetOther(code)) form.reset();
    useCode(code);
    restore();
    goOn();
    findGroup(codeField.value);
  });
  window.addEventListener("online", () => codeField.value && findGroup(codeField.value));
  window.addEventListener("popstate", (event) => {
    goTo(event.state?.step || 0, { isNew: false });
  });

  show(keep.closest(".keep"), !isShared);
  show(byId("plain-note"), !isBlind);
  show(byPlainPath.closest("p"), !isBlind);
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
  else goOn();
})();
