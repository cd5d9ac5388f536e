package look

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Whatever colour is chosen, everything can be read and seen.
func TestEveryColour(t *testing.T) {
	for _, r := range steps {
		for _, g := range steps {
			for _, b := range steps {
				holds(t, rgb{r, g, b}.String())
			}
		}
	}
}

// steps are 18 from 0 to 255.
var steps = func() (out []uint8) {
	for i := 0; i < 256; i += 15 {
		out = append(out, uint8(i)) //nolint:gosec // at most 255
	}
	return out
}()

func FuzzColour(f *testing.F) {
	for _, c := range []string{"#000000", "#ffffff", "#ffee00", "#808080", "#757575", "#3d4fd1", "", "#12345", "#+12345", "red", "#FFEE00"} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, ok := Parse(s); ok {
			holds(t, c)
		} else if u := Of(s); u.Light.Text != "" {
			t.Errorf("%q is a colour", s)
		}
	})
}

// holds compares every pair that is shown, by the formula of WCAG as it is written there.
func holds(t *testing.T, accent string) {
	t.Helper()
	c := Of(accent)
	for i, s := range []Scheme{c.Light, c.Dark} {
		on := func(what, a, b string, want float64) {
			if got := contrast(known(a), known(b)); got < want {
				t.Errorf("%s %s: %s %s on %s: %.2f, want %.1f", accent, themes[i].mode, what, a, b, got, want)
			}
		}
		on("button", s.OnThem, s.Button, TextContrast)
		on("hover", s.OnThem, s.Hover, TextContrast)
		for _, ground := range append(slices.Clone(themes[i].grounds), known(s.Tint)) {
			on("text", s.Text, ground.String(), TextContrast)
			on("control", s.Control, ground.String(), ControlContrast)
		}
		for _, text := range themes[i].texts {
			on("tint", text.String(), s.Tint, TextContrast)
		}
		if s.Hover == s.Button {
			t.Errorf("%s: the button under the pointer looks as before", accent)
		}
		for _, one := range c.Samples() {
			if one.Ratio < one.Least {
				t.Errorf("%s: %+v", accent, one)
			}
		}
		again := []Colours{Of(s.Button), Of(s.Text), Of(s.Control)}
		for j, now := range []string{modes(again[0])[i].Button, modes(again[1])[i].Text, modes(again[2])[i].Control} {
			if was := []string{s.Button, s.Text, s.Control}[j]; now != was {
				t.Errorf("%s %s: %s becomes %s when it is chosen", accent, themes[i].mode, was, now)
			}
		}
	}
}

func modes(c Colours) []Scheme { return []Scheme{c.Light, c.Dark} }

// The hue stays, and what need not change does not.
func TestWhatChanges(t *testing.T) {
	for accent, want := range map[string]string{
		"#3546c4": "dark text, dark control",
		"#ffee00": "light text, light control",
		"#000000": "dark text, dark control",
		"#ffffff": "light text, light control",
		"#757575": "light text, dark text",
	} {
		var got []string
		for _, c := range Of(accent).Changes {
			if c.From != accent {
				t.Errorf("%s: %+v", accent, c)
			}
			got = append(got, fmt.Sprintf("%s %s", c.Mode, c.Use))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", accent, got, want)
		}
	}
	yellow := known(Of("#ffee00").Light.Text).oklch()
	if away := yellow.h - known("#ffee00").oklch().h; away > 0.05 || away < -0.05 {
		t.Errorf("the hue moved by %.3f", away)
	}
}

func TestParse(t *testing.T) {
	if c, ok := Parse("#FFeE00"); !ok || c != "#ffee00" {
		t.Error(c, ok)
	}
	for _, s := range []string{"", "ffee00", "#fe0", "#ffee000", "#ffee0g", "#+fee00", "#ff_e00", "#ffee00;", "red"} {
		if _, ok := Parse(s); ok {
			t.Errorf("%q is a colour", s)
		}
	}
}

// A style sheet holds colours and nothing else that anybody chose.
func TestSheet(t *testing.T) {
	sheet := Of("#ffee00").Sheet()
	for _, part := range []string{"--sp-focus: light-dark(#", "--tblr-primary: light-dark(#ffee00, #ffee00)", "--tblr-primary-fg: light-dark(#0d1017, #0d1017)"} {
		if !strings.Contains(sheet, part) {
			t.Errorf("%s lacks %s", sheet, part)
		}
	}
}
