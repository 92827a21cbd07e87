/* Sending by the blind path: first the code with a token that nobody can read, then the answers
   with the signed token. What is pending stays on this device until it is confirmed. No words and
   no elements of the page; see docs/decisions/0006-blind-casting.md. */
(() => {
  "use strict";

  const PENDING = "headwind-pending:";
  const blind = window.HeadwindBlind;
  const isPossible = Boolean(blind && window.crypto && crypto.getRandomValues);
  const isShared = new URLSearchParams(location.search).get("shared") === "1";
  const memory = {};

  /* `kind` says what went wrong: offline, unsure, key, used, late, closed or form; `problems` are
     the server's own words. */
  class Trouble extends Error {
    constructor(kind, problems = []) {
      super(kind);
      this.kind = kind;
      this.problems = problems;
    }
  }

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
    return { ...(await response.json()), status: response.status };
  };

  /* Nobody answered in words: whether the request arrived is not known. */
  const ask = async (address, fields, kind) => {
    let answer;
    try {
      answer = await post(address, fields);
    } catch {
      throw new Trouble(kind);
    }
    if (!answer.problems) return answer;
    const isUsed = answer.problems.some(({ field }) => field === "code");
    if (answer.status === 409) throw new Trouble("closed", answer.problems);
    if (answer.status >= 500) throw new Trouble(kind, answer.problems);
    throw new Trouble(isUsed ? "used" : "form", answer.problems);
  };

  /* ---- what is pending: in this browser, or in memory where nothing may be kept */

  /* 32 bits of a code's 80: enough to tell the people of one device apart, no code. */
  const mark = (code) => {
    let hash = 0x811c9dc5;
    for (const letter of code.toUpperCase().replace(/[^0-9A-Z]/g, "")) {
      hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    }
    return hash.toString(36);
  };
  const nameOf = (assessment, code) => `${PENDING}${assessment}:${mark(code)}`;

  const stored = (name) => {
    if (isShared) return null;
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };
  const read = (name) => stored(name) || memory[name] || null;

  const write = (name, state) => {
    memory[name] = state;
    try {
      if (!isShared) localStorage.setItem(name, JSON.stringify(state));
    } catch {
      /* kept in memory only; `isKept` tells */
    }
  };

  const drop = (name) => {
    delete memory[name];
    try {
      localStorage.removeItem(name);
    } catch {
      /* there was nothing */
    }
  };

  const pending = (assessment, code) => read(nameOf(assessment, code));

  /* ---- the steps */

  const newState = async ({ assessment, code, known, root, size, addresses }) => {
    const { group, modulus, path } = known || (await ask(addresses.group, { code }, "offline"));
    const key = { root, size, assessment, group, modulus, path };
    if (!root || !modulus || !(await blind.keyPathIsValid(key))) throw new Trouble("key");
    const token = await blind.newToken({ assessment, group, modulus });
    return { ...(await blind.blind(modulus, token)), group, modulus };
  };

  /* Another tab may have been faster: its token counts, there is one for each code. */
  const stateFor = async (name, wanted) => {
    const fresh = read(name) ? null : await newState(wanted);
    const state = { ...(read(name) || fresh), fields: wanted.fields };
    write(name, state);
    return state;
  };

  const signed = async (name, state, { code, addresses }) => {
    if (state.signature) return state;
    const { blinded } = state;
    const answer = await ask(addresses.sign, { code, blinded }, "offline");
    let signature;
    try {
      signature = await blind.finalize(state.modulus, state, answer.signature);
    } catch {
      throw new Trouble("key");
    }
    const done = { ...state, signature };
    write(name, done);
    return done;
  };

  const finish = async (name, state, addresses) => {
    const { group, token, signature, fields } = state;
    const form = [...fields, ["group", group], ["token", token], ["signature", signature]];
    const receipt = await blind.receipt(token);
    let sent;
    try {
      ({ sent } = await ask(addresses.cast, form, "unsure"));
    } catch (error) {
      if (error.kind !== "closed") throw error;
      drop(name);
      throw Object.assign(new Trouble("late"), { receipt });
    }
    drop(name);
    return { sent, receipt };
  };

  /* Sends, or goes on where an earlier try ended. `fields` are pairs without the code. Resolves to
     the address to go to and the receipt. */
  const send = async (wanted) => {
    const name = nameOf(wanted.assessment, wanted.code);
    const state = await stateFor(name, wanted);
    wanted.onPending?.(Boolean(stored(name)));
    try {
      return await finish(name, await signed(name, state, wanted), wanted.addresses);
    } catch (error) {
      if (["used", "closed"].includes(error.kind)) drop(name);
      throw error;
    }
  };

  /* What was signed on an earlier visit is sent without asking: its owner has pressed Send. Without
     a code everything that is ready is sent. Resolves to nothing when there was nothing. */
  const resume = async ({ assessment, code, addresses }) => {
    const start = code ? nameOf(assessment, code) : `${PENDING}${assessment}:`;
    let names = Object.keys(memory);
    try {
      names = Object.keys(localStorage);
    } catch {
      /* nothing is kept here */
    }
    let done = null;
    for (const name of names.filter((one) => one.startsWith(start))) {
      const state = read(name);
      if (state?.signature) done = await finish(name, state, addresses);
    }
    return done;
  };

  window.HeadwindCast = { PENDING, ask, isPossible, isShared, mark, pending, post, resume, send };
})();
