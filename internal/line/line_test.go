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
