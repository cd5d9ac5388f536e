// Makes words.txt.gz, the words of which judge.go says that guessers try them in a row:
//
//	npm install --no-save @zxcvbn-ts/language-common@4.1.3 @zxcvbn-ts/language-en@4.1.1
//	node words.mjs
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as common from "@zxcvbn-ts/language-common";
import * as en from "@zxcvbn-ts/language-en";

// Rarer words are rarer in passwords, too, and each one more makes a passphrase look shorter.
const lists = [
  en.dictionary["commonWords-en"].slice(0, 20_000),
  common.dictionary["diceware-common"],
];
const plain = (w) => w.toLowerCase().replaceAll("ß", "ss").normalize("NFD").replace(/\p{M}/gu, "");
const words = new Set(lists.flat().map(plain).filter((w) => /^[a-z]{3,20}$/.test(w)));
writeFileSync("words.txt.gz", gzipSync(["", ...[...words].sort(), ""].join("\n"), { level: 9 }));
