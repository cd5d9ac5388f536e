// The estimator behind the password meter: zxcvbn with its lists of common
// passwords and words. password.js loads the bundle of this file when somebody
// is about to choose a password. What is typed stays on the page.
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { graphs, packed } from "packed-lists"; // made by build.mjs of lists.mjs

// longest is how many characters are looked at, since the work grows faster than
// the text. Whoever types more has a strong password already.
const longest = 72;

// unpack reads the words that lists.mjs wrote.
function unpack(text) {
  let former = "";
  return text.match(/[A-Z][^A-Z]*/g).map((part) => (former = former.slice(0, part.charCodeAt(0) - 65) + part.slice(1)));
}

const dictionary = Object.fromEntries(Object.entries(packed).map(([name, lists]) => [name, lists.flatMap(unpack)]));

const zxcvbn = new ZxcvbnFactory({ dictionary, graphs, maxLength: longest });

// estimate returns how strong text is, from 0 to 4, and the name of its weakness,
// if it has one. known are words of the person's own.
export function estimate(text, known) {
  const { score, feedback } = zxcvbn.check(text, known);
  return { score, weakness: feedback.warning ?? "" };
}
