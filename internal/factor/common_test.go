package factor_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport/internal/factor"
)

func lines(t testing.TB, name string) []string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	if strings.HasSuffix(name, ".gz") {
		unpacked, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		scanner = bufio.NewScanner(unpacked)
	}
	var out []string
	for scanner.Scan() {
		if line := scanner.Text(); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// habits are what people do who have to mix characters. The words are not taken from the lists of
// the judge, but are what comes to mind.
var (
	habitWords = strings.Fields(`password welcome summer winter monkey dragon football liverpool chelsea princess sunshine
		michael jennifer charlie thomas coffee cookie orange banana purple silver secret admin company london
		berlin paris madrid sommer passwort hallo schatz familie urlaub garden flower guitar soccer hockey tigers eagles`)
	habits = []func(r *rand.Rand, w string) string{
		func(r *rand.Rand, w string) string { return title(w) + "-" + title(w) + "-" + fmt.Sprint(r.IntN(99)) },
		func(r *rand.Rand, w string) string { return title(w) + fmt.Sprintf("@%d", 1950+r.IntN(90)) + "!!!" },
		func(r *rand.Rand, w string) string {
			return title(w) + "." + title(pick(r, habitWords)) + fmt.Sprintf("%d!", r.IntN(9))
		},
		func(_ *rand.Rand, w string) string {
			return title(strings.NewReplacer("a", "@", "e", "3", "i", "1", "o", "0", "s", "$", "t", "7").Replace(w)) + "-12345A!"
		},
		func(r *rand.Rand, w string) string {
			return fmt.Sprintf("%02d.%02d.%d-", 1+r.IntN(28), 1+r.IntN(12), 1950+r.IntN(60)) + title(w)
		},
		func(r *rand.Rand, w string) string {
			return pick(r, []string{"Qwerty", "Asdfgh", "1Qaz2wsx", "Abcdef"}) + "_" + w + "_" + fmt.Sprint(2000+r.IntN(30))
		},
		func(_ *rand.Rand, w string) string { return "My" + title(w) + "Is-123456" },
		func(r *rand.Rand, w string) string {
			return strings.ToUpper(w) + "#" + w + "#" + fmt.Sprint(r.IntN(9)) + "xy"
		},
	}
)

// mixed reports whether a password passes the rules of the default policy on length and composition.
func mixed(password string) bool {
	symbol := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }
	return utf8.RuneCountInString(password) >= 12 && strings.ContainsFunc(password, unicode.IsUpper) &&
		strings.ContainsFunc(password, unicode.IsNumber) && strings.ContainsFunc(password, symbol)
}

// weakOnes returns 500 passwords as people make them, each of which passes all rules on composition.
func weakOnes(t testing.TB) []string {
	t.Helper()
	out, r := lines(t, "testdata/weak.txt"), rand.New(rand.NewPCG(1, 2))
	for len(out) < 500 {
		if w := pick(r, habits)(r, pick(r, habitWords)); mixed(w) {
			out = append(out, w)
		}
	}
	return out
}

func TestWeakPasswordsThatPassTheRulesAreCommon(t *testing.T) {
	passing := 0
	for _, w := range weakOnes(t) {
		if mixed(w) {
			passing++
		}
		if !factor.IsCommon(w) {
			t.Errorf("%q passes", w)
		}
	}
	if passing < 495 {
		t.Errorf("only %d pass the rules on composition", passing)
	}
}

// Each of the common passwords that is long enough for the default policy with what people add
// for it is still common.
func TestThousandsThatPassTheRulesAreCommon(t *testing.T) {
	passed := 0
	for _, w := range lines(t, "common/passwords.txt.gz") {
		made := title(w) + "-2026!"
		if !utf8.ValidString(w) || !mixed(made) {
			continue
		}
		passed++
		if !factor.IsCommon(made) {
			t.Errorf("%q passes", made)
		}
	}
	if passed < 3000 {
		t.Errorf("only %d entries pass the rules on composition", passed)
	}
	t.Log(passed, "entries pass the rules and are refused")
}

func TestPassphrasesAndGeneratedPasswordsAreNotCommon(t *testing.T) {
	words, r := lines(t, "testdata/diceware.txt.gz"), rand.New(rand.NewPCG(3, 4))
	for range 500 {
		phrase := make([]string, 4+r.IntN(3))
		for i := range phrase {
			for phrase[i] == "" || slices.Contains(phrase[:i], phrase[i]) {
				phrase[i] = pick(r, words)
			}
			if r.IntN(2) == 0 {
				phrase[i] = title(phrase[i])
			}
		}
		if p := strings.Join(phrase, pick(r, []string{"-", " ", ".", "_"})); factor.IsCommon(p) {
			t.Errorf("the passphrase %q is refused", p)
		}
	}
	// Of few signs it takes more: 12 of those of a hexadecimal number are few enough to be tried.
	for _, from := range []struct {
		signs string
		least int
	}{
		{"0123456789abcdef", 24}, {"abcdefghijklmnopqrstuvwxyz", 12}, {"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 12},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&*+-./:;<=>?@^_~", 12},
	} {
		for range 500 {
			made := make([]byte, from.least+r.IntN(5))
			for i := range made {
				made[i] = from.signs[r.IntN(len(from.signs))]
			}
			if factor.IsCommon(string(made)) {
				t.Errorf("%q of %d signs is refused", made, len(from.signs))
			}
		}
	}
}

func TestNamesThatAreTriedFirst(t *testing.T) {
	known := []string{"Sallyport", "id.northwind.test", "Zephyrine Ltd"}
	for _, w := range []string{"S@llyp0rt-S@llyp0rt-1", "N0rthw1nd-2026!", "Zephyrine+Zephyrine+1", "Sallyport-Northwind-7"} {
		if !factor.IsCommon(w, known...) {
			t.Errorf("%q passes", w)
		}
	}
	if factor.IsCommon("Zephyrine+Qumranite+1") {
		t.Error("names that nobody knows here are words")
	}
}

// However a password is made, judging it takes no longer than its length explains.
func TestJudgingHasAnEnd(t *testing.T) {
	for _, unit := range []string{"a", "ab", "1l!|", "password", "1qaz2wsx", "0oO", "the", "19900101", "ß", "ž", "\u0301", "\xff", "-", "qwertyqwert"} {
		for _, tail := range []string{"", "~", "Z9"} {
			hostile := strings.Repeat(unit, 256)
			hostile = hostile[:256-len(tail)] + tail
			began := time.Now()
			factor.IsCommon(hostile)
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("%q: %v", hostile[:12], took)
			}
		}
	}
	if factor.IsCommon(strings.Repeat("password", 1<<20)) {
		t.Error("what no policy allows is judged")
	}
}

func FuzzIsCommon(f *testing.F) {
	for _, w := range []string{"Password-Password-1", "\xff\xfe", "ß", "e\u0301"} {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, w string) {
		upper := strings.Map(unicode.ToLower, w)
		if factor.IsCommon(w) != factor.IsCommon(upper) && strings.ToLower(w) == upper {
			t.Errorf("%q depends on its case", w)
		}
	})
}

func BenchmarkIsCommon(b *testing.B) {
	listed := map[string]bool{}
	for _, w := range lines(b, "common/passwords.txt.gz") {
		listed[w] = true
	}
	all := weakOnes(b)
	hostile := strings.Repeat("1qaz2wsx-pass", 20)[:256]
	factor.IsCommon("once") // makes the tables
	b.Run("lookup", func(b *testing.B) {
		for i := range b.N {
			_ = listed[strings.ToLower(all[i%len(all)])]
		}
	})
	b.Run("judge", func(b *testing.B) {
		for i := range b.N {
			factor.IsCommon(all[i%len(all)], "Sallyport", "id.northwind.test")
		}
	})
	b.Run("longest", func(b *testing.B) {
		for b.Loop() {
			factor.IsCommon(hostile, "Sallyport", "id.northwind.test")
		}
	})
}
