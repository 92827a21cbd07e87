/* The browser's half of blind casting (RFC 9474, RSABSSA-SHA384-PSS-Randomized). It sends nothing.
   All bytes are lower-case hex. */
(() => {
  "use strict";

  const big = (hex) => BigInt(`0x${hex || 0}`);
  const hexOf = (number, bytes) => number.toString(16).padStart(2 * bytes, "0");
  const hexFrom = (bytes) => Array.from(bytes, (byte) => hexOf(byte, 1)).join("");
  const ascii = (words) => hexFrom(new TextEncoder().encode(words));
  const random = (bytes) => hexFrom(crypto.getRandomValues(new Uint8Array(bytes)));

  /* ---- SHA-2 (FIPS 180-4), because browsers offer theirs only over HTTPS */

  const KINDS = {
    "SHA-256": { bits: 32, rounds: 64, turns: [7, 18, 3, 17, 19, 10, 6, 11, 25, 2, 13, 22] },
    "SHA-384": { bits: 64, rounds: 80, turns: [1, 8, 7, 19, 61, 6, 14, 18, 41, 28, 34, 39] },
  };

  /* Bits after the point of a root. */
  const rootBits = (number, degree, bits) => {
    const target = BigInt(number) << BigInt(bits * degree);
    let found = 0n;
    for (let bit = 8n << BigInt(bits); bit; bit >>= 1n) {
      if ((found | bit) ** BigInt(degree) <= target) found |= bit;
    }
    return BigInt.asUintN(bits, found);
  };

  const ownSha = (name, hex) => {
    const { bits, rounds, turns } = KINDS[name];
    const cut = (x) => BigInt.asUintN(bits, x);
    const turn = (x, i) => cut((x >> BigInt(turns[i])) | (x << BigInt(bits - turns[i])));
    const mix = (x, i) => turn(x, i) ^ turn(x, i + 1);
    const sigma = (x, i) => mix(x, i) ^ (x >> BigInt(turns[i + 2]));
    const sum = (x, i) => mix(x, i) ^ turn(x, i + 2);
    const primes = [];
    for (let n = 2; primes.length < rounds; n++) if (primes.every((p) => n % p)) primes.push(n);
    const k = (KINDS[name].k ||= primes.map((prime) => rootBits(prime, 3, bits)));
    const first = bits > 32 ? 8 : 0;
    let state = primes.slice(first, first + 8).map((prime) => rootBits(prime, 2, bits));
    const digits = bits / 4;
    const zeros = (30 * digits - 2 - (hex.length % (16 * digits))) % (16 * digits);
    const padded = `${hex}80${"0".repeat(zeros)}${hexOf(hex.length * 4, digits)}`;
    const words = padded.match(RegExp(`.{${digits}}`, "g")).map(big);
    for (let at = 0; at < words.length; at += 16) {
      const w = words.slice(at, at + 16);
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < rounds; i++) {
        if (i > 15) w[i] = cut(sigma(w[i - 2], 3) + w[i - 7] + sigma(w[i - 15], 0) + w[i - 16]);
        const one = h + sum(e, 6) + ((e & f) ^ (cut(~e) & g)) + k[i] + w[i];
        const two = sum(a, 9) + ((a & b) ^ (a & c) ^ (b & c));
        [a, b, c, d, e, f, g, h] = [cut(one + two), a, b, c, cut(d + one), e, f, g];
      }
      state = [a, b, c, d, e, f, g, h].map((word, i) => cut(word + state[i]));
    }
    return state.map((word) => hexOf(word, bits / 8)).join("");
  };

  const sha = async (name, hex) => {
    if (!crypto.subtle) return ownSha(name, hex);
    const bytes = Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
    return hexFrom(new Uint8Array(await crypto.subtle.digest(name, bytes)));
  };
  const sha256 = (hex) => sha("SHA-256", hex);
  const sha384 = async (hex) => (await sha("SHA-384", hex)).slice(0, 96);

  /* ---- RSA; the exponent is always 65537 */

  const power = (base, n) => {
    let result = base;
    for (let i = 0; i < 16; i++) result = (result * result) % n;
    return (result * base) % n;
  };

  const inverseOf = (number, n) => {
    let [r0, r1, s0, s1] = [n, number, 0n, 1n];
    while (r1) [r0, r1, s0, s1] = [r1, r0 % r1, s1, s0 - (r0 / r1) * s1];
    if (r0 !== 1n) throw new Error("no inverse");
    return ((s0 % n) + n) % n;
  };

  /* EMSA-PSS (RFC 8017, 9.1.1) as a number. */
  const encode = async (modulus, token, salt) => {
    const digest = await sha384("00".repeat(8) + (await sha384(token)) + salt);
    const bits = big(modulus).toString(2).length - 1 - 8 * 49;
    const digits = 2 * Math.ceil(bits / 8);
    let mask = "";
    for (let i = 0; mask.length < digits; i++) mask += await sha384(digest + hexOf(i, 4));
    const masked = big(`01${salt}`) ^ big(mask.slice(0, digits));
    return (BigInt.asUintN(bits, masked) << 392n) | big(`${digest}bc`);
  };

  /* ---- the key list, as in keylist.py */

  /* SHA-256 of the key in DER; for 2048 bits and more. */
  const der = (tag, content) => `${tag}82${hexOf(content.length / 2, 2)}${content}`;
  const keyId = (modulus) => {
    const pair = der("30", `${der("02", `00${modulus}`)}0203010001`);
    return sha256(der("30", `300d06092a864886f70d0101010500${der("03", `00${pair}`)}`));
  };
  const plain = (assessment) => assessment.replace(/-/g, "");

  const keyPathIsValid = async ({ root, assessment, size, group, modulus, path }) => {
    const steps = path.match(/.{64}/g) || [];
    let node = await sha256(`00${hexOf(group, 2)}${await keyId(modulus)}`);
    for (let place = group, places = size; places > 1; place >>= 1, places = (places + 1) >> 1) {
      if ((place ^ 1) >= places) continue;
      const step = steps.shift() || "";
      node = await sha256(`01${place & 1 ? step + node : node + step}`);
    }
    const top = await sha256(`02${plain(assessment)}${hexOf(size, 4)}${node}`);
    return group < size && !steps.length && top.slice(0, 40) === root;
  };

  /* ---- a token, and its signature */

  const prepare = (message) => random(32) + message;

  const newToken = async ({ assessment, group, modulus }) => {
    const context = plain(assessment) + hexOf(group, 2) + (await keyId(modulus));
    return prepare(ascii("headwind token 1") + context + random(32));
  };

  /* To be kept until `finalize`; only `blinded` is ever sent. */
  const blind = async (modulus, token, saltBytes = 48) => {
    const n = big(modulus);
    const size = modulus.length / 2;
    const salt = random(saltBytes);
    const encoded = await encode(modulus, token, salt);
    let factor;
    do factor = big(random(size));
    while (!factor || factor >= n);
    const blinded = hexOf((encoded * power(factor, n)) % n, size);
    return { token, salt, blinded, inverse: hexOf(inverseOf(factor, n), size) };
  };

  /* Throws unless this is the token's signature: a key made to mark people ends here. */
  const finalize = async (modulus, { token, salt, inverse }, blindSignature) => {
    const n = big(modulus);
    const signature = (big(blindSignature) * big(inverse)) % n;
    const isRight = power(signature, n) === (await encode(modulus, token, salt));
    if (!isRight || blindSignature.length !== modulus.length) throw new Error("wrong signature");
    return hexOf(signature, modulus.length / 2);
  };

  /* ---- receipts, as in receipts.py */

  const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  const receipt = async (token) => {
    const hash = await sha256(ascii("headwind receipt 1") + token);
    const digits = big(hash.slice(0, 15)).toString(32).padStart(12, "0");
    const code = digits.replace(/./g, (digit) => SYMBOLS[parseInt(digit, 32)]);
    return code.match(/.{4}/g).join("-");
  };

  /* Its twelve symbols, or nothing. */
  const readReceipt = (typed) => {
    const letters = typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0");
    const code = letters.replace(/[IL]/g, "1");
    return /^[0-9A-HJKMNP-TV-Z]{12}$/.test(code) ? code : "";
  };

  const isCounted = async (assessment, typed, list) => {
    const content = plain(assessment) + ascii(readReceipt(typed));
    const hash = await sha256(ascii("headwind counted 1") + content);
    return list.split("\n").includes(hash.slice(0, 32));
  };

  window.HeadwindBlind = {
    blind,
    finalize,
    isCounted,
    keyId,
    keyPathIsValid,
    newToken,
    prepare,
    readReceipt,
    receipt,
  };
})();
