import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

// Crockford's base 32: no I, L, O or U, so that nobody writes down one character for another.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;

/** 80 random bits, in groups to write down: too many to guess, so wrong guesses need not be counted. */
export function freshCode() {
  const characters = Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]);
  return characters.join('').match(/.{4}/g).join('-');
}

/** What the bank keeps of a code. However a person writes it: in small letters, without the dashes, O for 0. */
export function digestOf(code) {
  const written = code.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  return createHash('sha256').update(written.replace(/[\s-]/g, '')).digest();
}

export function isCode(code, digest) {
  return typeof code === 'string' && timingSafeEqual(digestOf(code), digest);
}
