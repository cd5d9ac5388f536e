package factor

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
)

// The lists; where they come from and their licences are in common/LICENSE.txt. Each has one entry
// a line in lower case.
var (
	//go:embed common/passwords.txt.gz
	commonPasswords []byte // about 49,000 that people chose
	//go:embed common/words.txt.gz
	commonWords []byte // about 21,000 words that people make passwords of
)

func unpack(list []byte) []string {
	r, err := gzip.NewReader(bytes.NewReader(list))
	if err != nil {
		panic(err) // cannot happen: the list is embedded
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return strings.Fields(string(text))
}

// What a piece of a password costs a guesser, in points. A password that costs less than enough is
// common: so four words are enough, or four letters that nothing explains, or three words with a
// number and two kinds of symbols.
const (
	enough     = 40
	costWord   = 10
	costSmall  = 5 // a word that stands in every sentence
	costNext   = 4 // each further word of those that everybody thinks of, such as months
	costKnown  = 4 // the name of the product, the host, the person
	costSwap   = 3 // each letter of a short word that a digit or symbol stands for
	costRun    = 5 // keys in a row, letters or digits in order
	costYear   = 3
	costDate   = 6
	costDigit  = 3
	costSymbol = 4
	costLetter = 10
)

// smallWords stand in every sentence, in the languages of the catalogue.
const smallWords = `of to in at is it me my we us no on be by do go he if or so up am an as
zu im um ab da du er es ja wo the and you for are this with your have was not but all can our out
her his they them she him who what how when where here there now one two
der die das und ich sie ist nicht ein eine mit auf den dem von wir mein dein bist bin
love like lot so`

// plainWords are those that everybody thinks of who has to make up a password, or add another word.
const plainWords = `password passwort passphrase kennwort passwords welcome willkommen bienvenue admin administrator
login logon letmein changeme secret geheim default user users test testing tester guest gast root master temp
temporary account konto access zugang start hello hallo iloveyou system server company firma office buero
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
september october november december spring summer autumn winter fall
montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar maerz marz mai juni juli oktober
dezember fruehling fruhling sommer herbst
schatz liebe hund katze haus auto sonne mond stern wasser baum blume berlin hamburg muenchen munchen koeln koln
deutschland schweiz osterreich oesterreich fussball urlaub ferien garten mutter vater bruder schwester familie`

// keyRows are keys and characters in their order; any three of them in a row, in either
// direction, are one piece.
const keyRows = `1234567890 0123456789 13579 02468 24680 147 258 369 159 357 789 456
qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm azertyuiop qsdfghjklm wxcvbn
1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik 9ol 1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 qazwsxedcrfvtgbyhnujm
1qa2ws3ed4rf5tg6yh7uj 1yaq 2wsx 3edc qayxswedc abcdefghijklmnopqrstuvwxyz aabbccddeeffgghh`

// judge is what the lists say, made once: prices of words in their spelling without swaps, and keys in a row.
type judge struct {
	listed map[string]bool // whole passwords
	words  map[string]int
	plain  map[string]bool
	runs   map[string]bool
}

var theJudge = sync.OnceValue(func() *judge {
	j := &judge{listed: map[string]bool{}, words: map[string]int{}, plain: map[string]bool{}, runs: map[string]bool{}}
	for _, w := range unpack(commonPasswords) {
		j.listed[w] = true
		if !strings.ContainsFunc(w, func(r rune) bool { return r < 'a' || r > 'z' }) {
			j.add(w, costWord)
		}
	}
	for _, w := range unpack(commonWords) {
		j.add(w, costWord)
	}
	for _, w := range strings.Fields(plainWords) {
		j.add(w, costWord)
		j.plain[unswapped(w)] = true
	}
	for _, w := range strings.Fields(smallWords) {
		j.words[unswapped(w)] = costSmall
	}
	for _, row := range strings.Fields(keyRows) {
		j.addRow(row)
		j.addRow(reversed(row))
	}
	return j
})

func (j *judge) add(word string, cost int) {
	if len(word) >= shortestWord && len(word) <= longestWord {
		j.words[unswapped(word)] = cost
	}
}

func (j *judge) addRow(row string) {
	for i := range row {
		for k := i + shortestRun; k <= len(row); k++ {
			j.runs[row[i:k]] = true
		}
	}
}
