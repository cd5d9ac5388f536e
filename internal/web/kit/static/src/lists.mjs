// Packs zxcvbn's lists for the meter: the words that are guessed first, small enough to
// be loaded while somebody types. The server knows the whole list and has the last word.
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";

// bounds are the ranks between which the order of passwords is forgotten, for which they
// can be sorted and share their beginnings. An estimate is off by a third of an order of
// magnitude at most where it matters; the first ten and hundred are named as such.
const bounds = [10, 100, 300, 1000, 3000, 6000, 10_000, 18_000];

// front writes sorted words, each as how much of the former it begins with (a letter from
// A) and the rest.
function front(words) {
  let former = "";
  return words.toSorted().map((word) => {
    let same = 0;
    while (same < 25 && same < word.length && word[same] === former[same]) same++;
    former = word;
    return String.fromCharCode(65 + same) + word.slice(same);
  }).join("");
}

// Capitals mark where a word begins, so a list has none. Words are compared in lower case.
const plain = (words) => words.filter((w) => !/[A-Z\n]/.test(w));

const passwords = plain(dictionary["passwords-common"]);
const common = new Set(passwords.slice(0, bounds.at(-1)));

export const packed = {
  "passwords-common": bounds.map((to, i) => front(passwords.slice(bounds[i - 1] ?? 0, to))),
  "diceware-common": [front(plain(dictionary["diceware-common"]).filter((w) => !common.has(w)))],
};

export { adjacencyGraphs as graphs };
