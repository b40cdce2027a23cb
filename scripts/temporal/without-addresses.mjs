// @ts-check
/**
 * The same text without URLs: a package index's address may carry a password.
 * @param {string} text
 */
export function withoutAddresses(text) {
  return text.replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s)>'"]+/gi, '<address>')
}
