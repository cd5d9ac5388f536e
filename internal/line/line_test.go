package line_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/line"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "  My phone\t": "My phone", "Zoe\u0308": "Zoë", strings.Repeat("ü", 100): strings.Repeat("ü", 100), "📱": "📱",
	} {
		if got, err := line.Parse("name", in); err != nil || got != want {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
	for _, in := range []string{strings.Repeat("ü", 101), "a\nb", "a\x00", "a\x7fb", "a\xffb"} {
		if got, err := line.Parse("name", in); sallyport.CodeOf(err) != sallyport.CodeInvalid || got != "" {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
}

// What fits in a name, in any script, and what does not; and what is left of it where it comes from a
// program.
func TestFits(t *testing.T) {
	for text, cleaned := range map[string]string{
		"Zoë O’Brien-Łukasz, Jr. (2)": "", "李小龙": "", "محمد علی": "", "می\u200cخواهم": "", "क्\u200dष": "", "👩\u200d💻 laptop": "", "❤\ufe0f\u200d🔥": "",
		"עברית 1": "", "Ελένη €5 + ½": "", "全角　space": "", "no\u00a0break": "", "👍🏽": "",

		"gnp\u202ephotos": "gnpphotos", "a\u2066b\u2069": "ab", "a\u200eb\u200f": "ab", "a\u061cb": "ab", // directions
		"a\u0085b": "a b", "a\u009bb": "ab", "a\x1bb": "ab", "a\x00": "a", "a\nb": "a b", "a\tb": "a b", "a\x7f": "a", // controls
		"a\u2028b": "a b", "a\u2029b": "a b", // lines
		"a\u200bb": "ab", "a\ufeffb": "ab", "a\u00adb": "ab", "a\u2060b": "ab", "\u3164": "", "a\u115fb": "ab", "\u2800": "", // invisible
		"a\ue000b": "ab", "a\U000e0041b": "ab", "a\U000f0000": "a", "a\u0378b": "ab", "a\uffffb": "ab", "a\ufffdb": "ab", "a\xffb": "ab", // of nobody
		"\u200da": "a", "a\u200d": "a", "1\u200d2": "12", "a\u200d\u200db": "a\u200db", "a \u200cb": "a b", // joiners that join nothing
	} {
		want := cleaned == "" && text != "\u3164" && text != "\u2800"
		if got := line.Fits(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		if _, err := line.Parse("name", text); want != (err == nil) && text == strings.TrimSpace(text) {
			t.Errorf("%q: %v", text, err)
		}
		if got := line.Clean(text); !want && got != cleaned || !line.Fits(got) {
			t.Errorf("%q is cleaned to %q, want %q", text, got, cleaned)
		}
	}
}

// What is cleaned fits, and stays as it is.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\u200d\u200db", "a\u202e\u200db", "\u200c\u200d", "👩\u200d💻", " \u2028 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := line.Clean(s)
		if !line.Fits(once) || line.Clean(once) != once {
			t.Errorf("%q: %q", s, once)
		}
	})
}

// Accepted text is accepted again unchanged.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", " a ", "Zoe\u0308", "a\nb", "\xff", "\u00a0a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := line.Parse("name", s)
		if err != nil {
			return
		}
		if again, err := line.Parse("name", got); err != nil || again != got {
			t.Errorf("%q is %q, and that is %q, %v", s, got, again, err)
		}
	})
}
